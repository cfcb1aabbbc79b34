-- Grain: one row per ticket whose customer was invited to rate the answer, with the first rating given by as_of.
-- Scope: apart from int_inquiries, so that a silent survey tool leaves the standards on replies alone.
with run as (

    select as_of from {{ source('control', 'run') }}

),

ratings as (

    select
        response.ticket_id,
        response.responded_at,
        response.score,
        row_number() over (
            partition by response.ticket_id order by response.responded_at, response.response_id
        ) as rating_rank
    from {{ ref('stg_survey_responses') }} as response
    cross join run
    where
        response.kind = 'reply_rating'
        and response.ticket_id is not null
        and response.responded_at <= run.as_of

)

select
    inquiry.ticket_id,
    inquiry.department_id,
    inquiry.rating_invited_at,
    rating.responded_at as rated_at,
    rating.score as rating_score,
    inquiry.source_id,
    inquiry.known_at
from {{ ref('int_inquiries') }} as inquiry
left join ratings as rating on inquiry.ticket_id = rating.ticket_id and rating.rating_rank = 1
where inquiry.rating_invited_at is not null
