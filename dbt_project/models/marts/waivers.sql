-- Grain: one row per waiver that was ever known: one that was withdrawn, or is gone at its source, as it last stood.
-- Scope: versions known at known_at; a waiver that is decided after as_of is there, too, and excuses nothing yet.
-- Known limits: what its source refused never arrives here.
with named as (

    {{ ever_known('waivers', 'waiver_id', [
        'standard_id', 'department_id', 'subject_id', 'from_on', 'to_on', 'reason', 'approver', 'decided_at',
    ]) }}

)

select
    concat('waiver:', named.waiver_id) as exclusion_rule,
    named.waiver_id,
    named.standard_id,
    named.department_id,
    named.subject_id,
    named.from_on,
    named.to_on,
    named.reason,
    named.approver,
    named.decided_at,
    named.source_id,
    named.origin,
    named.first_known_at,
    named.version_count,
    named.ended_at,
    named.ended_by
from named
order by exclusion_rule
