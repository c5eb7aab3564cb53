"""Two versions of records compared, field by field; every other room's comparison is a view of this one."""
