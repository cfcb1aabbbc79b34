{{ config(materialized='view') }}
-- Grain: one row per slot, part of a measure and unit (a department of a kind, a value of a column, or the whole
-- agency); of a part with a rolling window, one row per row that it counts.
-- Scope: slots and rows that have begun by as_of, from the rule's first day on. Decided when the slot has ended and
-- no day of it lacks a source; until then pending, with the figure so far. Of fewer rows than the rule asks for no
-- figure is taken: the commitment is taken out as `figure:too_few_rows`.
-- `numerator` and `denominator` are what the figure is made of; values are added up to the millionth, so that their
-- order makes no difference. A percentile is the value whose rank is p·n/100, rounded up; a median is the mean of
-- the two middle values, or the middle one.
with run as (

    select as_of from {{ source('control', 'run') }}

),

parts as (

    select *
    from {{ source('control', 'rule_parts') }}
    where kind = 'measure'

),

slots as (

    select
        slot.standard_id,
        slot.rule_version,
        slot.part,
        slot.slot,
        slot.department_id,
        slot.first_day,
        slot.last_day,
        slot.starts_at,
        slot.ends_at
    from {{ source('control', 'slots') }} as slot
    inner join parts
        on
            slot.standard_id = parts.standard_id
            and slot.rule_version = parts.rule_version
            and slot.part = parts.part
    cross join run
    where slot.starts_at < run.as_of

),

entries as (

    -- what falls into each slot; of a population, who belongs to it on the slot's last day
    select
        slots.standard_id,
        slots.rule_version,
        slots.part,
        slots.slot,
        entry.unit_id,
        entry.role,
        entry.item,
        entry.measured,
        entry.is_hit,
        entry.source_id,
        entry.known_at
    from slots
    inner join {{ ref('subjects_measure') }} as entry
        on
            slots.standard_id = entry.standard_id
            and slots.rule_version = entry.rule_version
            and slots.part = entry.part
            and (slots.department_id is null or slots.department_id = entry.unit_id)
            and entry.first_day <= slots.last_day
            and (
                case
                    when entry.role = 'population' then entry.last_day is null or entry.last_day >= slots.last_day
                    else entry.first_day >= slots.first_day
                end
            )

),

units as (

    -- one for all, one for each department whatever its rows, one for each value that has a row
    select
        slots.*,
        slots.department_id as unit_id,
        slots.slot as subject_id
    from slots
    inner join parts
        on
            slots.standard_id = parts.standard_id
            and slots.rule_version = parts.rule_version
            and slots.part = parts.part
    where parts.per_column is null and slots.department_id is null
    union all
    select
        slots.*,
        slots.department_id as unit_id,
        concat(slots.department_id, '/', slots.slot) as subject_id
    from slots
    where slots.department_id is not null
    union all
    select distinct
        slots.*,
        entries.unit_id,
        concat(entries.unit_id, '/', slots.slot) as subject_id
    from slots
    inner join entries
        on
            slots.standard_id = entries.standard_id
            and slots.rule_version = entries.rule_version
            and slots.part = entries.part
            and slots.slot = entries.slot
            and slots.department_id is null
    where entries.unit_id is not null

),

ranked as (

    select
        entries.*,
        row_number() over (
            partition by standard_id, rule_version, part, slot, unit_id
            order by measured
        ) as value_rank,
        count(*) over (partition by standard_id, rule_version, part, slot, unit_id) as value_count
    from entries
    where role = 'counted'

),

summed as (

    select
        ranked.standard_id,
        ranked.rule_version,
        ranked.part,
        ranked.slot,
        ranked.unit_id,
        count(*) as row_count,
        sum(case when ranked.is_hit then 1 else 0 end) as hit_count,
        cast(sum({{ exact('ranked.measured') }}) as double) as total,
        avg(
            case
                when
                    ranked.value_rank in (
                        {{ half_down('ranked.value_count + 1') }}, {{ half_down('ranked.value_count + 2') }}
                    )
                    then ranked.measured
            end
        ) as middle,
        max(
            case
                when ranked.value_rank = {{ nearest_rank('parts.rank_per_mille', 'ranked.value_count') }}
                    then ranked.measured
            end
        ) as at_rank
    from ranked
    inner join parts
        on
            ranked.standard_id = parts.standard_id
            and ranked.rule_version = parts.rule_version
            and ranked.part = parts.part
    group by ranked.standard_id, ranked.rule_version, ranked.part, ranked.slot, ranked.unit_id

),

items as (

    -- one item, however many rows name it: whether it was counted, and whether it belongs to the population
    select
        standard_id,
        rule_version,
        part,
        slot,
        unit_id,
        item,
        max(case when role = 'counted' then 1 else 0 end) as is_counted,
        max(case when role = 'population' then 1 else 0 end) as belongs
    from entries
    where item is not null
    group by standard_id, rule_version, part, slot, unit_id, item

),

itemised as (

    select
        standard_id,
        rule_version,
        part,
        slot,
        unit_id,
        sum(is_counted) as item_count,
        sum(belongs) as population_count,
        sum(is_counted * belongs) as reached_count
    from items
    group by standard_id, rule_version, part, slot, unit_id

),

beside as (

    select
        standard_id,
        rule_version,
        part,
        slot,
        unit_id,
        sum(case when role = 'over' then 1 else 0 end) as over_count,
        min(source_id) as source_id,
        max(known_at) as known_at
    from entries
    group by standard_id, rule_version, part, slot, unit_id

),

in_slots as (

    select
        units.standard_id,
        units.rule_version,
        units.part,
        units.subject_id,
        coalesce(units.department_id, parts.owner_department) as department_id,
        units.first_day,
        units.last_day,
        units.starts_at,
        units.ends_at,
        coalesce(summed.row_count, 0) as row_count,
        cast(
            case parts.figure
                when 'count' then coalesce(summed.row_count, 0)
                when 'distinct' then coalesce(itemised.item_count, 0)
                when 'sum' then coalesce(summed.total, 0)
                when 'mean' then summed.total
                when 'median' then summed.middle
                when 'percentile' then summed.at_rank
                when 'share' then summed.hit_count
                when 'reached' then itemised.reached_count
                when 'ratio' then coalesce(summed.row_count, 0)
            end as double
        ) as numerator,
        cast(
            case parts.figure
                when 'mean' then summed.row_count
                when 'share' then summed.row_count
                when 'reached' then itemised.population_count
                when 'ratio' then beside.over_count
            end as double
        ) as denominator,
        case parts.figure
            when 'reached' then coalesce(itemised.population_count, 0)
            when 'ratio' then coalesce(beside.over_count, 0)
            else coalesce(summed.row_count, 0)
        end as rows_of_figure,
        beside.source_id,
        beside.known_at
    from units
    inner join parts
        on
            units.standard_id = parts.standard_id
            and units.rule_version = parts.rule_version
            and units.part = parts.part
    {% for relation in ['summed', 'itemised', 'beside'] %}
    left join {{ relation }}
        on
            units.standard_id = {{ relation }}.standard_id
            and units.rule_version = {{ relation }}.rule_version
            and units.part = {{ relation }}.part
            and units.slot = {{ relation }}.slot
            and units.unit_id is not distinct from {{ relation }}.unit_id
    {% endfor %}

),

windows as (

    -- each row that a rolling part counts, with the first day of the window that ends with it
    select
        entry.*,
        entry.last_day as day,
        case
            when parts.rolling_unit = 'months'
                then {{ add_days(add_calendar_months('entry.last_day', '-parts.rolling_count'), 1) }}
            else {{ add_days('entry.last_day', '1 - parts.rolling_count') }}
        end as window_from,
        parts.effective_from,
        parts.effective_to
    from {{ ref('subjects_measure') }} as entry
    inner join parts
        on
            entry.standard_id = parts.standard_id
            and entry.rule_version = parts.rule_version
            and entry.part = parts.part
    where parts.rolling_count is not null

),

in_windows as (

    select
        windows.standard_id,
        windows.rule_version,
        windows.part,
        windows.subject_id,
        windows.department_id,
        windows.window_from as first_day,
        windows.day as last_day,
        count(*) as row_count,
        min(counted.source_id) as source_id,
        max(counted.known_at) as known_at
    from windows
    inner join windows as counted
        on
            windows.standard_id = counted.standard_id
            and windows.rule_version = counted.rule_version
            and windows.part = counted.part
            and windows.unit_id is not distinct from counted.unit_id
            and counted.day >= windows.window_from
            and (
                counted.counted_at < windows.counted_at
                or (counted.counted_at = windows.counted_at and counted.subject_id <= windows.subject_id)
            )
    where
        windows.day >= windows.effective_from
        and (windows.effective_to is null or windows.day <= windows.effective_to)
    group by
        windows.standard_id, windows.rule_version, windows.part, windows.subject_id, windows.department_id,
        windows.window_from, windows.day

),

figures as (

    select
        standard_id,
        rule_version,
        part,
        subject_id,
        department_id,
        first_day,
        last_day,
        starts_at,
        ends_at,
        row_count,
        numerator,
        denominator,
        rows_of_figure,
        source_id,
        known_at
    from in_slots
    union all
    select
        standard_id,
        rule_version,
        part,
        subject_id,
        department_id,
        first_day,
        last_day,
        {{ local_midnight('last_day') }} as starts_at,
        {{ local_midnight(add_days('last_day', 1)) }} as ends_at,
        row_count,
        cast(row_count as double) as numerator,
        cast(null as double) as denominator,
        row_count as rows_of_figure,
        source_id,
        known_at
    from in_windows

),

silent_days as (

    select
        standard_id,
        rule_version,
        day
    from {{ ref('int_covered_days') }}
    where not is_covered

),

silent as (

    select distinct
        figures.standard_id,
        figures.rule_version,
        figures.first_day,
        figures.last_day
    from figures
    inner join silent_days
        on
            figures.standard_id = silent_days.standard_id
            and figures.rule_version = silent_days.rule_version
            and silent_days.day between figures.first_day and figures.last_day

),

measured as (

    select
        figures.*,
        parts.subject_table,
        parts.unit,
        parts.comparison,
        parts.limit_least,
        parts.limit_most,
        case
            when parts.figure in ('mean', 'share', 'reached', 'ratio')
                then
                    case when parts.figure = 'mean' then 1.0 else parts.scale end
                    * figures.numerator / nullif(figures.denominator, 0)
            else figures.numerator
        end as measured_value,
        figures.ends_at <= run.as_of and silent.first_day is null as is_decided,
        figures.rows_of_figure < parts.least_rows as is_of_too_few
    from figures
    cross join run
    inner join parts
        on
            figures.standard_id = parts.standard_id
            and figures.rule_version = parts.rule_version
            and figures.part = parts.part
    left join silent
        on
            figures.standard_id = silent.standard_id
            and figures.rule_version = silent.rule_version
            and figures.first_day = silent.first_day
            and figures.last_day = silent.last_day

),

judged as (

    select
        measured.*,
        coalesce(
            measured.measured_value >= coalesce(measured.limit_least, measured.measured_value)
            and measured.measured_value <= coalesce(measured.limit_most, measured.measured_value), false
        ) as holds
    from measured

)

select
    {{ commitment_id('judged') }} as commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    subject_id,
    department_id,
    starts_at as opened_at,
    ends_at as due_at,
    ends_at as original_due_at,
    'limit' as due_basis,
    case when is_decided and holds and not is_of_too_few then ends_at end as fulfilled_at,
    cast(null as varchar) as fulfilled_by,
    case when is_decided then ends_at end as decided_at,
    case when is_decided then last_day end as decided_on,
    case when not is_decided then 'pending' when holds then 'met' else 'breached' end as clock_status,
    case when is_decided and is_of_too_few then 'figure:too_few_rows' end as exclusion_rule,
    -- the last instant of the slot, which is one of its last day
    case when is_decided and is_of_too_few then {{ add_seconds('ends_at', '-0.000001') }} end as excluded_at,
    measured_value,
    coalesce(limit_most, limit_least) as limit_value,
    unit,
    source_id,
    known_at,
    first_day as first_on,
    last_day as last_on,
    row_count,
    numerator,
    denominator
from judged
