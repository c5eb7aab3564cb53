#!/usr/bin/env bash
# Check the records of a checked-out pull request, and say what it changes in them.
#
# By hand:  RECORDS=summaries BASE=main bash .github/scripts/review.sh
# Reads:    RECORDS, BASE, STRICT (true: --strict), SUMMARISER (the command), HEAD_SHA (for links); RUNNER_TEMP and
#           GITHUB_* as a runner sets them
# Writes:   $RUNNER_TEMP/summariser-review.md, the step summary, the outputs markdown, sound, changed
# Exit:     that of the check, 0 all records are sound or 1 a person should look; 2 they could not be checked or compared
#
# Records are untrusted text: they never stand in a command, and what they say is shown as code.
set -euo pipefail

records=${RECORDS:-summaries}
base=${BASE:-HEAD^1}
summariser=${SUMMARISER:-summariser}
temp=${RUNNER_TEMP:-$(mktemp -d)}
review=$temp/summariser-review.md
findings=$temp/summariser-findings.txt
changes=$temp/summariser-changes.md
strict=()
[[ ${STRICT:-false} == true ]] && strict=(--strict)
links=""
if [[ ${HEAD_SHA:-} =~ ^[0-9a-f]{40}$ ]]; then
  links=${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/blob/$HEAD_SHA/
fi

checked=0
COLUMNS=120 NO_COLOR=1 "$summariser" check "${strict[@]}" -- "$records" >"$findings" 2>&1 || checked=$?
compared=0
"$summariser" diff --markdown --link-base "$links" -- "$base" "$records" >"$changes" 2>"$changes.err" || compared=$?

# A verdict without a word is none: the part stopped before it said anything.
[[ -s $findings ]] || { checked=70 && echo "summariser check wrote nothing" >"$findings"; }
[[ -s $changes ]] || { ((compared <= 1)) && compared=70 && echo "summariser diff wrote nothing" >>"$changes.err"; } || true

as_code() { # the first lines of a file, and its last, as an indented block, which no text can end
  awk 'NR <= 40; { last = $0 } END { if (NR > 40) print last }' "$1" | tr -d '\r' | sed 's/^/    /'
}

# The last line of a check adds up what it found. Only counts and our own words may stand outside a block of code.
counts=$(tail -n 1 "$findings" | tr -d '\r')
[[ $counts =~ ^[0-9,]+\ records?\ checked,[-0-9a-z\ ,\;()]*\.$ ]] || counts="see below."

{
  case $checked in
    0) printf '**Every record is what its page gives.**\n\n' && tail -n 1 "$findings" | as_code /dev/stdin ;;
    1) printf '**A person should look: %s**\n\n' "$counts" && as_code "$findings" ;;
    *) printf '**The records could not be checked.**\n\n' && as_code "$findings" ;;
  esac
  echo
  if ((compared <= 1)); then
    cat "$changes"
  else
    printf '**The records could not be compared.**\n\n' && as_code "$changes.err"
  fi
} >"$review"

cat "$review" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
{
  echo "markdown=$review"
  echo "sound=$([[ $checked == 0 ]] && echo true || echo false)"
  echo "changed=$([[ $compared == 0 ]] && echo false || echo true)"
} >>"${GITHUB_OUTPUT:-/dev/null}"

if ((checked > 1 || compared > 1)); then
  cat "$findings" "$changes.err" | sed 's/^/| /' >&2 # a line that begins with :: would be a command to the runner
  exit 2
fi
exit "$checked"
