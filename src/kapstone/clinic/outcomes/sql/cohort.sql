-- How everyone does who started: one statement, one pass over the period, whatever the number of
-- people. Row-level security keeps it to one clinic; the clinic is named here as well.
-- A person is the newest course, with a dose in the period, of one set of subjects.
-- Nothing is filled in where a score is missing: the columns stay null, and null is never well.
-- No two of these parts are joined to each other: the planner takes each for a single row, and
-- would walk one inside the other. What a later part needs is carried along instead.
WITH dose AS (
  SELECT s.course_id, min(d.given_at) AS given_at
  FROM dosing_dosegiven d
  JOIN dosing_dosingsession s ON s.id = d.session_id
  WHERE d.clinic_id = %(clinic)s AND d.amount_mg > 0
    AND d.given_at <= %(at)s AND d.given_at >= %(oldest)s
    AND NOT EXISTS (SELECT 1 FROM dosing_dosegiven later WHERE later.corrects_id = d.id)
  GROUP BY s.course_id, s.id
),
series AS (
  SELECT course_id, min(given_at) AS first_at, max(given_at) AS last_at, count(*) AS doses,
    array_agg(given_at ORDER BY given_at) AS doses_at
  FROM dose GROUP BY course_id
),
started AS (
  SELECT DISTINCT ON (c.subjects_id)
    c.id AS course_id, c.key AS course_key, c.subjects_id, x.first_at, x.last_at, x.doses_at,
    ((c.ended_at IS NOT NULL AND c.ended_at <= %(at)s) OR x.doses >= c.planned_sessions)
      AS is_over
  FROM series x JOIN course_course c ON c.id = x.course_id
  WHERE c.clinic_id = %(clinic)s AND x.first_at >= %(since)s
  ORDER BY c.subjects_id, x.first_at DESC
),
-- every standing score of everyone, and one empty row for whoever has none
score AS MATERIALIZED (
  SELECT t.*, a.answered_at, a.total,
    CASE WHEN %(item)s <> '' THEN (a.items ->> %(item)s)::float END AS suicide,
    extract(epoch FROM a.answered_at - t.first_at) / 86400 AS day,
    a.answered_at < t.first_at AS is_before,
    t.is_over AND a.answered_at
      BETWEEN t.last_at + %(end_from)s AND t.last_at + %(end_until)s AS is_final,
    bool_or(a.answered_at < t.first_at) OVER (PARTITION BY t.course_id) AS has_base
  FROM started t
  LEFT JOIN measures_answers a ON a.subjects_id = t.subjects_id
    AND a.instrument = %(instrument)s AND a.total IS NOT NULL
    AND a.answered_at <= %(at)s AND a.answered_at >= t.first_at - %(baseline_within)s
    AND NOT EXISTS (SELECT 1 FROM measures_answers later WHERE later.replaces_id = a.id)
),
summed AS (
  SELECT course_id, course_key, subjects_id, first_at, last_at, doses_at, is_over,
    (array_agg(total ORDER BY answered_at DESC) FILTER (WHERE is_before))[1] AS base,
    (array_agg(suicide ORDER BY answered_at DESC) FILTER (WHERE is_before))[1] AS base_suicide,
    (array_agg(total ORDER BY answered_at DESC) FILTER (WHERE is_final))[1] AS final,
    (array_agg(suicide ORDER BY answered_at DESC) FILTER (WHERE is_final))[1] AS final_suicide,
    (array_agg(total ORDER BY answered_at DESC) FILTER (WHERE NOT is_before))[1] AS latest,
    json_agg(json_build_array(round(day::numeric, 2), total) ORDER BY answered_at)
      FILTER (WHERE NOT is_before) AS later
  FROM score
  GROUP BY course_id, course_key, subjects_id, first_at, last_at, doses_at, is_over
),
person AS MATERIALIZED (
  SELECT *,
    is_over AND %(at)s > last_at + %(end_until)s AS end_is_past,
    CASE WHEN base > 0 AND latest IS NOT NULL
      THEN (base - latest)::float / base ELSE 0 END AS improved
  FROM summed
),
counted AS (
  SELECT
    count(*) AS started,
    count(base) AS with_baseline,
    count(*) FILTER (WHERE end_is_past OR final IS NOT NULL) AS end_due,
    count(*) FILTER (WHERE base IS NOT NULL AND final IS NOT NULL) AS both_scores,
    count(*) FILTER (WHERE base >= %(least_base)s AND final IS NOT NULL) AS comparable,
    count(*) FILTER (WHERE base >= %(least_base)s AND final <= base * %(response_share)s)
      AS responded,
    count(*) FILTER (WHERE base >= %(least_base)s AND final < %(remission_below)s) AS remitted,
    count(*) FILTER (WHERE final >= base + %(worse_points)s) AS worse,
    count(*) FILTER (WHERE base IS NOT NULL AND final_suicide IS NOT NULL) AS asked_suicide,
    count(*) FILTER (WHERE base IS NOT NULL AND final_suicide > coalesce(base_suicide, 0))
      AS more_suicidal
  FROM person
),
near_point AS (
  SELECT p.day AS point,
    (array_agg(score.total ORDER BY abs(score.day - p.day), score.answered_at))[1] AS total
  FROM score CROSS JOIN unnest(%(points)s::float[], %(reaches)s::float[]) AS p(day, reach)
  WHERE p.day > 0 AND score.has_base AND NOT score.is_before
    AND abs(score.day - p.day) <= p.reach
  GROUP BY p.day, score.course_id
  UNION ALL
  SELECT 0, base FROM person WHERE base IS NOT NULL
),
-- each point once for everyone who has come so far, and once for each who answered near it
at_point AS (
  SELECT point, sum(reached) AS reached, count(total) AS people,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY total) AS low,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY total) AS median,
    percentile_cont(0.75) WITHIN GROUP (ORDER BY total) AS high
  FROM (
    SELECT point, total, 0 AS reached FROM near_point
    UNION ALL
    SELECT p.day, NULL,
      count(*) FILTER (WHERE %(at)s >= person.first_at + p.day * interval '1 day')
    FROM person CROSS JOIN unnest(%(points)s::float[]) AS p(day) GROUP BY p.day
  ) each_point
  GROUP BY point
),
line AS (
  SELECT course_id, base, latest, later FROM person
  WHERE base IS NOT NULL AND latest IS NOT NULL
  ORDER BY md5(course_key::text) LIMIT %(most_lines)s
),
now_shown AS (
  SELECT * FROM person
  WHERE NOT end_is_past AND final IS NULL AND subjects_id = ANY(%(visible)s)
  ORDER BY improved, first_at, course_id LIMIT %(most_small)s
),
missing_shown AS (
  SELECT * FROM person
  WHERE (base IS NULL OR (final IS NULL AND end_is_past)) AND subjects_id = ANY(%(visible)s)
  ORDER BY first_at, course_id LIMIT %(most_lines)s
),
usual AS (
  SELECT number,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM given_at - first_at)) / 86400
      AS day
  FROM person CROSS JOIN unnest(doses_at) WITH ORDINALITY AS each_dose(given_at, number)
  GROUP BY number HAVING count(*) * 2 >= (SELECT started FROM counted)
)
SELECT json_build_object(
  'counts', (SELECT row_to_json(counted) FROM counted),
  'points', (SELECT coalesce(json_agg(json_build_object(
      'day', point, 'reached', reached, 'people', people,
      'low', low, 'median', median, 'high', high) ORDER BY point), '[]') FROM at_point),
  'lines', (SELECT coalesce(json_agg(json_build_object(
      'base', base, 'latest', latest, 'later', later) ORDER BY course_id), '[]') FROM line),
  'now', (SELECT coalesce(json_agg(json_build_object(
      'course_key', course_key, 'subjects_id', subjects_id, 'base', base, 'latest', latest,
      'later', coalesce(later, '[]'),
      'dose_days', (SELECT json_agg(round(
          (extract(epoch FROM given_at - first_at) / 86400)::numeric, 2) ORDER BY given_at)
        FROM unnest(doses_at) AS each_dose(given_at)))
      ORDER BY improved, first_at, course_id), '[]') FROM now_shown),
  'missing', (SELECT coalesce(json_agg(json_build_object(
      'course_key', course_key, 'subjects_id', subjects_id, 'no_baseline', base IS NULL,
      'no_end', final IS NULL AND end_is_past) ORDER BY first_at, course_id), '[]')
    FROM missing_shown),
  'dose_days', (SELECT coalesce(json_agg(round(day::numeric, 1) ORDER BY number), '[]')
    FROM usual)
)
