-- Refusals: SQLSTATE X and the documented four digits, the documented message,
-- DETAIL {"status":…,"code":…} for programs, HINT for people.

create or replace function certwright.documented_errors()
    returns table (status integer, code integer, message text)
    language sql immutable parallel safe as $body$
    values
        (401, 1000, 'Unable to extract bearer token'),
        (401, 1001, 'Unable to parse JWT token'),
        (401, 1002, 'Bad JWT header'),
        (401, 1003, 'Failed to verify JWT token'),
        (401, 1004, 'Failed to get claims from JWT token'),
        (401, 1005, 'JWT token does not have required claims'),
        (400, 1400, 'Unable to decode the JSON request body. Check your input and try again.'),
        (400, 1401, 'Unable to encode the Custom Metadata as JSON. Check your input and try again.'),
        (400, 1402, 'Zone ID is required. Check your input and try again.'),
        (400, 1403, 'The request has no Authorization header. Check your input and try again.'),
        (403, 1404, 'No quota has been allocated for this zone. If you are already a paid Cloudflare for SaaS customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (403, 1405, 'Quota exceeded. If you are already a paid Cloudflare for SaaS customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (409, 1406, 'Duplicate custom hostname found.'),
        (400, 1407, 'Invalid custom hostname. Custom hostnames have to be smaller than 256 characters in length, cannot be IP addresses, cannot contain any special characters such as ~`!@#$%^&*()=+[]\'),
        (400, 1408, 'Custom hostnames with non-ASCII characters are not supported. Check your input and try again.'),
        (400, 1409, 'Reserved top domain custom hostnames, such as ''test'', ''example'', ''invalid'' or ''localhost'', is not supported. Check your input and try again.'),
        (400, 1410, 'Unable to parse custom hostname - :reason. Check your input and try again.'),
        (400, 1411, 'Custom hostnames ending in example.com, example.net, or example.org are prohibited. Check your input and try again.'),
        (400, 1412, 'Custom metadata for wildcard custom hostnames is not supported. Check your input and try again.'),
        (403, 1413, 'No custom metadata access has been allocated for this zone. If you are already a paid customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (403, 1414, 'Access to setting a custom origin server has not been granted for this zone. If you are already a paid Cloudflare for SaaS customer, contact your Customer Success Manager for additional provisioning. If you are not yet enrolled, fill out this contact form and our sales team will reach out to you.'),
        (400, 1415, 'Invalid custom origin hostname. Custom origin hostnames have to be smaller than 256 characters in length, cannot be IP addresses, cannot contain any special characters such as `!@#$%^&*()=+[]\'),
        (400, 1416, 'Custom origin hostnames with non-ASCII characters are not supported. Check your input and try again.'),
        (400, 1417, 'Reserved top domain custom origin hostnames, such as ''test'', ''example'', ''invalid'' or ''localhost'', is not supported. Check your input and try again.'),
        (400, 1418, 'Unable to parse custom origin hostname - :reason. Check your input and try again.'),
        (400, 1419, 'Custom origin hostnames ending in example.com, example.net, or example.org are prohibited. Check your input and try again.'),
        (400, 1420, 'Wildcard custom origin hostnames are not supported. Check your input and try again.'),
        (400, 1421, 'The custom origin hostname you specified does not exist on Cloudflare as a DNS record (A, AAAA or CNAME) in your zone: :zone_tag. Check your input and try again.'),
        (400, 1422, 'Invalid `http2` setting. Only ''on'' or ''off'' is accepted. Check your input and try again.'),
        (400, 1423, 'Invalid `tls_1_2_only` setting. Only ''on'' or ''off'' is accepted. Check your input and try again.'),
        (400, 1424, 'Invalid `tls_1_3` setting. Only ''on'' or ''off'' is accepted. Check your input and try again.'),
        (400, 1425, 'Invalid `min_tls_version` setting. Only ''1.0'',''1.1'',''1.2'' or ''1.3'' is accepted. Check your input and try again.'),
        (400, 1426, 'The certificate that you uploaded cannot be parsed. Check your input and try again.'),
        (400, 1427, 'The certificate that you uploaded is empty. Check your input and try again.'),
        (400, 1428, 'The private key you uploaded cannot be parsed. Check your input and try again.'),
        (400, 1429, 'The private key you uploaded does not match the certificate. Check your input and try again.'),
        (400, 1430, 'The custom CSR ID is invalid. Check your input and try again.'),
        (404, 1431, 'The custom CSR was not found.'),
        (400, 1432, 'The validation method is not supported. Only `http`, `email`, or `txt` are accepted. Check your input and try again.'),
        (400, 1433, 'The validation type is not supported. Only ''dv'' is accepted. Check your input and try again.'),
        (400, 1434, 'The SSL attribute is invalid. Refer to the API documentation, check your input and try again.'),
        (400, 1435, 'The custom hostname ID is invalid. Check your input and try again.'),
        (404, 1436, 'The custom hostname was not found.'),
        (400, 1437, 'Invalid hostname.contain query parameter. The hostname.contain query parameter has to be smaller than 256 characters in length, cannot be IP addresses, cannot contain any special characters such as ~`!@#$%^&*()=+[]\'),
        (400, 1438, 'Cannot specify other filter parameters in addition to `id`. Only one must be specified. Check your input and try again.'),
        (409, 1439, 'Modifying the custom hostname is not supported. Check your input and try again.'),
        (400, 1440, 'Both validation type and validation method are required. Check your input and try again.'),
        (400, 1441, 'The certificate that you uploaded is having trouble bundling against the public trust store. Check your input and try again.'),
        (400, 1442, 'Invalid `ciphers` setting. Refer to the documentation for the list of accepted cipher suites. Check your input and try again.'),
        (400, 1443, 'Cipher suite selection is not supported for a minimum TLS version of 1.3. Check your input and try again.'),
        (400, 1444, 'The certificate chain that you uploaded has multiple leaf certificates. Check your input and try again.'),
        (400, 1445, 'The certificate chain that you uploaded has no leaf certificates. Check your input and try again.'),
        (400, 1446, 'The certificate that you uploaded does not include the custom hostname - `:custom_hostname`. Review your input and try again.'),
        (400, 1447, 'The certificate that you uploaded does not use a supported signature algorithm. Only SHA-256/ECDSA, SHA-256/RSA, and SHA-1/RSA signature algorithms are supported. Review your input and try again.'),
        (400, 1448, 'Custom hostnames with wildcards are not supported for certificates managed by Cloudflare. Review your input and try again.'),
        (400, 1449, 'The request input `bundle_method` must be one of: ubiquitous, optimal, force.'),
        (400, 1469, 'Since no host is 64 characters or fewer, Cloudflare Branding is required. Please check your input and try again.'),
        (500, 1500, 'Internal Server Error')
$body$;
comment on function certwright.documented_errors is 'every documented error: HTTP status, code, message; :name is filled in';

-- p_reason fills in what the message leaves open (:reason, :zone_tag,
-- :custom_hostname); p_more are further members of DETAIL.
create or replace function certwright.raise_error(p_code integer, p_reason text default null, p_hint text default null,
        p_more jsonb default '{}')
    returns void language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_error record;
    v_more text;
    v_message text;
    v_detail text;
begin
    select * into strict v_error from certwright.documented_errors() e where e.code = p_code;
    select coalesce(string_agg(',' || to_json(m.key)::text || ':' || m.value::text, '' order by m.key), '')
        into v_more from jsonb_each(p_more) m;
    v_message := regexp_replace(v_error.message, ':(reason|zone_tag|custom_hostname)',
                                replace(coalesce(p_reason, ''), '\', '\\'));
    v_detail := format('{"status":%s,"code":%s%s}', v_error.status, p_code, v_more);
    if p_hint is null then
        raise exception using errcode = 'X' || p_code, message = v_message, detail = v_detail;
    end if;
    raise exception using errcode = 'X' || p_code, message = v_message, detail = v_detail, hint = p_hint;
end $$;
comment on function certwright.raise_error is 'refuse with a documented error';

-- An argument must be an object of known members: nothing is ignored silently.
create or replace function certwright.refuse_unknown_members(p_body jsonb, p_allowed text[], p_code integer default 1400)
    returns void language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
declare
    v_member text;
begin
    if p_body is null or jsonb_typeof(p_body) <> 'object' then
        perform certwright.raise_error(p_code, p_hint => 'a JSON object is expected');
    end if;
    select k into v_member from jsonb_object_keys(p_body) k where k <> all (p_allowed) order by k limit 1;
    if found then
        perform certwright.raise_error(p_code,
            p_hint => format('there is no member "%s"; known are %s', v_member, array_to_string(p_allowed, ', ')),
            p_more => jsonb_build_object('member', v_member));
    end if;
end $$;
comment on function certwright.refuse_unknown_members is 'refuse what is no object, or a member that is not known, by its name';

-- A value of the wrong kind: which member, and what it should be.
create or replace function certwright.refuse_member(p_member text, p_should text, p_code integer default 1400)
    returns void language plpgsql set search_path = certwright, pg_catalog, pg_temp as $$
begin
    perform certwright.raise_error(p_code, p_hint => p_member || ' ' || p_should,
        p_more => jsonb_build_object('member', p_member));
end $$;
comment on function certwright.refuse_member is 'refuse the value of a member, with a sentence that says what it should be';

-- The members of an argument, or a refusal that names the member.  Absent and
-- null read as null.
create or replace function certwright.member_text(p_body jsonb, p_member text, p_code integer default 1400)
    returns text language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if coalesce(jsonb_typeof(p_body -> p_member), 'null') not in ('string', 'null') then
        perform certwright.refuse_member(p_member, 'must be a string', p_code);
    end if;
    return p_body ->> p_member;
end $$;
comment on function certwright.member_text is 'a string member of an argument';

create or replace function certwright.member_boolean(p_body jsonb, p_member text, p_code integer default 1400)
    returns boolean language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if coalesce(jsonb_typeof(p_body -> p_member), 'null') not in ('boolean', 'null') then
        perform certwright.refuse_member(p_member, 'must be true or false', p_code);
    end if;
    return (p_body ->> p_member)::boolean;
end $$;
comment on function certwright.member_boolean is 'a boolean member of an argument';

create or replace function certwright.member_texts(p_body jsonb, p_member text, p_code integer default 1400)
    returns text[] language plpgsql immutable set search_path = certwright, pg_catalog, pg_temp as $$
begin
    if coalesce(jsonb_typeof(p_body -> p_member), 'null') = 'null' then
        return null;
    end if;
    if jsonb_typeof(p_body -> p_member) <> 'array'
            or exists (select from jsonb_array_elements(p_body -> p_member) e where jsonb_typeof(e) <> 'string') then
        perform certwright.refuse_member(p_member, 'must be an array of strings', p_code);
    end if;
    return array(select e from jsonb_array_elements_text(p_body -> p_member) with ordinality as a (e, n) order by n);
end $$;
comment on function certwright.member_texts is 'a member that is an array of strings';

-- RFC 3339 in UTC with microseconds, as everywhere in answers and events.
create or replace function certwright.iso_time(p_at timestamptz) returns text
    language sql immutable parallel safe
    as $$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
comment on function certwright.iso_time is 'an instant as RFC 3339 text';
