-- The masks of masks.py once more, for the supervision's views; a test holds both together.
-- ``@…@`` is put in by views.py.

CREATE FUNCTION supervision.ends(t text, head integer, tail integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN length(t) <= head + tail THEN repeat('*', length(t))
        ELSE left(t, head) || repeat('*', length(t) - head - tail) || right(t, tail) END
$$;

CREATE FUNCTION supervision.masked(mask text, t text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE mask
        WHEN 'NONE' THEN t
        WHEN 'NAME' THEN CASE WHEN length(t) > 2 THEN supervision.ends(t, 1, 1)
            WHEN t = '' THEN '' ELSE left(t, length(t) - 1) || '*' END
        WHEN 'NUMBER' THEN CASE WHEN length(t) >= 15 THEN supervision.ends(t, 6, 4)
            ELSE supervision.ends(t, 2, 2) END
        WHEN 'ACCOUNT' THEN CASE WHEN length(t) >= 12 THEN supervision.ends(t, 4, 4)
            ELSE supervision.ends(t, 0, 4) END
        WHEN 'CONTACT' THEN CASE WHEN octet_length(t) = length(t) THEN supervision.ends(t, 3, 4)
            ELSE supervision.ends(t, least(6, length(t) / 2), 0) END
        WHEN 'YEAR' THEN left(t, 4) || regexp_replace(substr(t, 5), '[^-]', '*', 'g')
        WHEN 'LEFT_OUT' THEN ''
        ELSE CASE WHEN t = '' THEN '' ELSE '***' END END
$$;

CREATE FUNCTION supervision.mask_of_key(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce((SELECT mask FROM (VALUES @KEYS@) AS known (name, mask) WHERE name = key),
        'HIDDEN')
$$;

CREATE FUNCTION supervision.masked_content(told jsonb, mask text DEFAULT 'HIDDEN') RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE jsonb_typeof(told)
        WHEN 'object' THEN (
            SELECT coalesce(jsonb_object_agg(key, supervision.masked_content(
                value, supervision.mask_of_key(key))), '{}') FROM jsonb_each(told))
        WHEN 'array' THEN (
            SELECT coalesce(jsonb_agg(supervision.masked_content(value, mask) ORDER BY at), '[]')
            FROM jsonb_array_elements(told) WITH ORDINALITY AS one (value, at))
        WHEN 'null' THEN told
        ELSE CASE WHEN mask = 'NONE' THEN told
            ELSE to_jsonb(supervision.masked(mask, told #>> '{}')) END
    END;
END $$;
