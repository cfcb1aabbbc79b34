-- What can be said of any commitment by itself: each row names the rule it breaks.
with looked_at as (

    select
        fact.commitment_id,
        case
            when fact.decided_at > run.as_of then 'decided after as_of'
            when fact.opened_at > run.as_of then 'opened after as_of'
            when fact.fulfilled_at > run.as_of then 'fulfilled after as_of'
            when (fact.status = 'pending') <> (fact.decided_at is null) then 'decided_at is there only unless pending'
            when (fact.decided_at is null) <> (fact.decided_on is null) then 'decided_at and decided_on come together'
            when
                (fact.status = 'excluded') <> (fact.exclusion_rule is not null)
                then 'exclusion_rule is there only when excluded'
            when fact.decided_at < fact.opened_at or fact.decided_on < fact.opened_on then 'decided before it opened'
            when fact.status = 'met' and fact.fulfilled_at is null then 'met without fulfilment'
            when
                fact.original_due_at <> fact.due_at and fact.due_basis not in ('extended', 'paused', 'calendar')
                then 'due time moved without an extension, a pause or a day off'
            -- hours that are added later bring the due times of clocks forward that count them
            when fact.due_at < fact.original_due_at and part.clock = 'elapsed' then 'due time moved forward'
            when fact.original_due_at = fact.due_at and fact.due_basis = 'calendar' then 'due time not moved at all'
            when fact.fulfilled_by is not null and fact.fulfilled_at is null then 'fulfilled by nothing'
            when
                fact.due_at is null and fact.due_basis not in ('beyond_calendar', 'no_limit', 'paused')
                then 'due_at is there unless beyond the calendar, without a limit or paused'
            when
                fact.due_at is not null and fact.due_basis in ('beyond_calendar', 'no_limit')
                then 'due_at is not there beyond the calendar or without a limit'
            when fact.due_basis = 'paused' and fact.paused_count = 0 then 'paused without a pause'
            when fact.due_at is null and fact.status not in ('pending', 'excluded') then 'decided without a due time'
            when (fact.due_at is null) <> (fact.limit_value is null) then 'a due time and its limit come together'
            when fact.due_at is not null and fact.original_due_at is null then 'a due time that was none at first'
            when part.part is null then 'no rule in dim_rule_part'
            when exclusion.exclusion_rule is null and fact.status = 'excluded' then 'no rule in dim_exclusion'
        end as problem
    from {{ ref('commitments_tonight') }} as fact
    cross join {{ ref('run') }} as run
    left join {{ ref('dim_rule_part') }} as part
        on
            fact.standard_id = part.standard_id
            and fact.rule_version = part.rule_version
            and fact.part = part.part
    left join {{ ref('dim_exclusion') }} as exclusion on fact.exclusion_rule = exclusion.exclusion_rule

)

select
    commitment_id,
    problem
from looked_at
where problem is not null
