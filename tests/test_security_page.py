"""SECURITY.md promises what a test holds: each promise of its table and of the text below it has its tests here."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import ROOT

# Words of SECURITY.md -> the tests that hold them, as module.test.
PROMISES = {
    "shown to the model as numbered text, never as instructions of ours": (
        "test_prompt.test_article_cannot_forge_a_line",
        "test_grounding.test_instruction_in_an_article_is_only_text",
    ),
    "escaped on the terminal": ("test_cli.test_control_codes_and_markup_never_reach_the_terminal",),
    "ids made safe": (
        "test_page.test_any_name_gives_a_safe_page_id",
        "test_cli.test_page_named_to_climb_out_stays_inside",
    ),
    "refused above 2 MB": ("test_page.test_what_is_no_page_is_refused_by_name",),
    "a file that a library for its kind chokes on is one fault among the pages": (
        "test_read_pages.test_strange_file_is_one_fault_among_good_pages",
    ),
    "the terminal says where it leads before anything is written": (
        "test_cli.test_link_that_leads_out_of_the_folder_is_told",
    ),
    "A ledger that would do something by itself (triggers) is refused": (
        "test_ledger.test_what_a_ledger_would_do_by_itself_is_refused",
    ),
    "no redirects followed": ("test_client.test_what_no_retry_can_mend_is_reported_at_once",),
    "bounded replies (packed ones too), retries and waits, one deadline a request": (
        "test_client.test_a_body_is_read_up_to_its_limit_and_no_further",
        "test_client.test_a_packed_body_is_unpacked_up_to_its_limit",
        "test_client.test_an_endpoint_that_only_fails_is_given_up",
        "test_client.test_a_wait_above_the_cap_is_reported_instead_of_slept",
        "test_client.test_a_request_has_one_deadline_for_the_whole_of_it",
    ),
    "a provider's key goes only to that provider's hosts, by https": (
        "test_config.test_no_key_goes_to_an_address_that_only_a_file_names",
        "test_config.test_an_address_alone_never_gets_the_key_of_openai",
    ),
    "the key in use is struck out of what is kept or shown, however it is escaped": (
        "test_client.test_a_key_is_struck_out_however_it_is_spelled",
        "test_client.test_a_key_that_an_endpoint_echoes_is_struck_out_of_what_is_kept",
        "test_client.test_a_key_is_in_no_error_no_traceback_and_no_log",
    ),
    "every fact looked up in the page by code": ("test_grounding.test_mutated_reply_is_caught_and_named",),
    "bounded parsing": (
        "test_reply.test_work_grows_with_the_text_and_no_faster",
        "test_split.test_flood_of_ranges_costs_what_its_length_costs",
    ),
    "what the page does not bear out is marked": (
        "test_grounding.test_unsupported_fact_stays_in_the_case_marked",
        "test_cli.test_unsupported_fact_ends_in_exit_code_1",
    ),
    "safe loader, no tags, no aliases, size and depth limits, every field checked": (
        "test_cassette.test_cassette_that_cannot_be_trusted_is_refused",
        "test_cassette.test_file_that_is_no_text_of_ours_is_refused",
    ),
    "secrets refused on writing": ("test_cassette.test_exchange_with_a_secret_is_not_recorded",),
    "schema, hash, evidence and numbers checked again": (
        "test_store.test_all_broken_rules_are_listed_with_their_json_paths",
        "test_store.test_a_hand_edit_of_any_field_is_noticed",
        "test_check.test_edit_that_departs_from_the_page_is_named",
    ),
    "never executed, never trusted for paths": (
        "test_revisions.test_git_diff_runs_nothing_of_the_work_tree",
        "test_revisions.test_no_hook_of_the_repository_runs",
        "test_check.test_record_that_climbs_out_is_a_finding",
        "test_store.test_an_id_that_is_no_file_name_is_refused",
    ),
    "no file is written through a link": (
        "test_floors.test_files_are_written_in_one_module",
        "test_ledger.test_no_gitignore_is_written_through_a_link",
        "test_cassette.test_nothing_is_recorded_through_a_link",
        "test_desk.test_nothing_is_written_through_a_link",
        "test_scan_recordings.test_recognition_is_not_kept_through_a_link",
    ),
    "no page is read through a link that leads out of the folder that was named, or out of the file's own": (
        "test_files.test_no_link_leads_to_what_nobody_named",
        "test_cli.test_no_secret_is_sent_through_a_link",
    ),
    "Hard links are files; a folder that you name may be a link, and the run says where it leads": (
        "test_files.test_hard_link_is_a_file_and_a_named_folder_may_be_a_link",
    ),
    "nothing of a repository is run, nor heeded where it changes what git tells": (
        "test_revisions.test_no_hook_of_the_repository_runs",
        "test_corrections.test_no_setting_of_git_changes_what_is_told",
    ),
    "only the file of the current folder is read": (
        "test_config.test_the_file_of_the_folder_is_read_and_its_paths_are_its_own",
    ),
    "it cannot hold a key, a header that may be one or a header of the connection": (
        "test_config.test_a_key_in_the_file_is_refused_without_being_shown",
        "test_config.test_what_cannot_be_added_to_a_request_is_refused",
    ),
    "no key, and no header that may be one, goes to an address that only the file names, unless it is the provider's"
    " own host by https": (
        "test_config.test_no_key_goes_to_an_address_that_only_a_file_names",
        "test_config.test_a_header_that_may_be_a_key_goes_where_a_key_would",
    ),
    "`out` and `ledger` stay in the folder": ("test_config.test_a_path_of_the_file_stays_in_its_folder",),
    "Keys come from the environment; the command line has no flag for one": (
        "test_security_page.test_no_flag_takes_a_key",
        "test_config.test_our_own_variable_beats_the_providers",
    ),
    "They are in no error, no log, no ledger, no cassette": (
        "test_client.test_a_key_is_in_no_error_no_traceback_and_no_log",
        "test_client.test_a_key_that_an_endpoint_echoes_is_struck_out_of_what_is_kept",
        "test_cassette.test_cassette_is_readable_and_holds_nothing_but_the_exchange",
    ),
    "The desk listens on loopback only, checks the Host and Origin of every request": (
        "test_desk.test_serving_beyond_this_machine_is_refused",
        "test_desk.test_only_loopback_names_are_served",
    ),
    "serves no page of yours to the network": (
        "test_desk.test_a_link_is_neither_a_reply_nor_a_request",
        "test_desk.test_serving_beyond_this_machine_is_refused",
    ),
    "a fork can put any Markdown into it": ("test_action.test_no_comment_for_an_artifact_that_lies",),
    "It cannot get anything to run, and no secret is within its reach": (
        "test_action.test_no_expression_stands_in_a_script",
        "test_action.test_no_secret_and_no_privileged_checkout",
        "test_action.test_permissions_are_least",
    ),
}
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("promise", PROMISES)
def test_promise_has_its_tests(promise: str) -> None:
    """A promise that is mapped here is made there, and the tests that hold it exist."""
    assert promise in " ".join(PAGE.split())
    for name in PROMISES[promise]:
        module, _, test = name.partition(".")
        tree = ast.parse((ROOT / "tests" / f"{module}.py").read_text(encoding="utf-8"))
        assert test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_promise_of_the_table_is_held() -> None:
    """Each clause of the last column is mapped to tests above: who adds one adds its test, or does not promise it."""
    rows = re.findall(r"^\|[^|]+\|[^|]+\|([^|]+)\|$", PAGE, re.MULTILINE)[2:]
    clauses = [clause.strip() for row in rows for clause in row.split(";")]

    assert len(clauses) > 15
    assert [clause for clause in clauses if clause not in PROMISES] == []


def test_no_flag_takes_a_key() -> None:
    """The list of processes shows every flag, so no verb has one for a key."""
    flags = set(re.findall(r"--[a-z][a-z-]*", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")))

    assert "--model" in flags
    assert {flag for flag in flags if re.search(r"key|token(?!s)|secret|password", flag)} == set()
