# What has become of the demo's hostnames: each function asks the database, the
# edge or the program, and says what it heard.  Sourced by tools/lab/demo.

# equals HEX DECIMAL: a serial number as OpenSSL and as SQL writes it.
equals()
{
	[ "$(query -v hex="$1" -v decimal="$2" <<-'SQL'
		with recursive digits (i, value) as (
		    select 0, 0::numeric
		    union all
		    select i + 1, value * 16 + ('x' || substr(:'hex', i + 1, 1))::bit(4)::integer
		    from digits where i < length(:'hex'))
		select value::text = :'decimal' from digits order by i desc limit 1
	SQL
	)" = t ]
}

# serves HOSTNAME ecdsa|rsa SERIAL: one line about the certificate that the
# edge serves; fails unless it is that one and its chain ends at the CA's root.
serves()
{
	local algorithms=ECDSA+SHA256 bits=256 answer serial issuer right=0
	[ "$2" = ecdsa ] || algorithms=RSA-PSS+SHA256:RSA+SHA256 bits=2048
	answer=$(openssl s_client -connect "$LAB_EDGE_TLS" -servername "$1" -sigalgs "$algorithms" \
		-CAfile "$LAB_DIR/roots.pem" -verify_return_error -verify_hostname "$1" < /dev/null 2>&1)
	serial=$(openssl x509 -noout -serial <<< "$answer" 2> /dev/null | cut -d= -f2)
	issuer=$(openssl x509 -noout -issuer -nameopt multiline <<< "$answer" 2> /dev/null | sed -n 's/.*commonName *= //p')
	grep -q '^Verify return code: 0 ' <<< "$answer" && grep -q "^Server public key is $bits bit" <<< "$answer" &&
		equals "$serial" "$3" || right=1
	printf '  %-20s %-5s %4s bit  %-27s …%8s %s\n' "$1" "${2^^}" "$bits" "${issuer:-nothing}" "${3: -8}" \
		"$([ "$right" = 0 ] && echo "$green✓$plain" || echo "$red✗$plain")"
	return "$right"
}

edge_serves_all()
{
	local hostname key serial count=0 right=0
	printf '\n%sWhat the edge serves, asked by openssl s_client; the serial is the one in SQL%s\n\n' "$bold" "$plain"
	printf '  %s%-20s %-15s %-27s %s%s\n' "$dim" HOSTNAME KEY ISSUER SERIAL "$plain"
	while IFS='|' read -r hostname key serial; do
		count=$((count + 1))
		serves "$hostname" "$key" "$serial" || right=1
	done < <(query <<-'SQL'
		select c.hostname, case c.key_type when 'p256' then 'ecdsa' else 'rsa' end, c.serial_number
		from certwright.certificate_overview c join certwright.hostname_overview h on h.id = c.custom_hostname_id
		where c.serial_number is not null order by h.created_at, c.key_type
	SQL
	)
	echo
	[ "$count" = $((2 * ${#well[@]})) ] && return "$right"
}

all_active() { query -c "select count(*) from certwright.hostname_overview where status = 'active' and ssl_status = 'active' and ready"; }

# How many certificates went through all phases, each once and in their order.
phases_seen()
{
	query <<-'SQL'
		select count(*) from (
		    select distinct hostname from certwright.attempt_history
		    where flow = 'certificate' and outcome like 'go:%' group by hostname, subject_id
		    -- one whose CA went down has begun twice
		    having string_agg(state || ' ' || substr(outcome, 4), ' ' order by at)
		        like '%initializing pending_validation pending_validation pending_issuance '
		          'pending_issuance pending_deployment pending_deployment active') seen
	SQL
}

# delivered, heard and verified, events: the three must be equal; a fourth
# number counts events that came before an older one of their hostname.
events_seen()
{
	query -v log="$LAB_SINK_LOG" <<-'SQL'
		create temp table line (at bigint generated always as identity, said jsonb);
		\set copy '\\copy line (said) from ' :'log' ' with (format csv, quote e''\\x01'', delimiter e''\\x02'')'
		:copy
		create temp view heard as
		    select said ->> 'id' as id, min(at) as at from line
		    where said ->> 'verified' = 'true' and said ->> 'answered' = '200' group by 1;
		select (select count(*) from certwright.delivery_overview where state = 'delivered'),
		    (select count(*) from certwright.event_log e join heard on heard.id = e.id::text),
		    (select count(*) from certwright.event_log),
		    (select count(*) from (select at < max(at) over (partition by custom_hostname_id order by seq) as late
		        from certwright.event_log e join heard on heard.id = e.id::text) o where late)
		        + (select count(*) from line where said ->> 'verified' <> 'true');
	SQL
}

# Told again for a while: a retry may have come up just now.
all_events_arrived()
{
	local delivered came wrong tries
	for ((tries = 0; tries < 25; tries++)); do
		IFS='|' read -r delivered came events wrong <<< "$(events_seen)"
		[ "${events:-0}" -gt 0 ] && [ "$delivered" = "$events" ] && [ "$came" = "$events" ] && [ "$wrong" = 0 ] && return
		sleep 0.2
	done
	return 1
}

# hostname, status, ssl status, finding, found, fix: one line each, by tabs.
advice()
{
	query -F $'\t' <<-'SQL'
		select h.hostname, h.status, coalesce(h.ssl_status::text, '-'), coalesce(looked.code, '-'),
		    coalesce(nullif(array_to_string(i.found, ', '), ''), 'no answer'), coalesce(i.fix, '-')
		from certwright.hostname_overview h
		left join lateral (select code from certwright.attempt_history a
		    where a.flow = 'hostname' and a.subject_id = h.id order by at desc limit 1) looked on true
		left join lateral (select found, fix from certwright.dns_instructions(h.zone_id, h.id)
		    where purpose = 'routing' and state = 'required' limit 1) i on true
		order by h.created_at
	SQL
}

# is_told_right HOSTNAME STATUS FINDING FIX: certwright check, in its own words
# and exit status, must agree with SQL and with what we know to be wrong.
is_told_right()
{
	local wrong=${trouble[$1]-} said status
	[ "$1" != "$barred" ] || return 0	# see barred_is_told
	said=$(option check "$1" --zone acme-shop 2>&1); status=$?
	printf '%s\n' "$said" > "$LAB_DIR/check.$1.out"
	if [ -z "$wrong" ]; then [ "$2" = active ] && [ "$4" = - ] && [ "$status" = 0 ]
	else [ "$2" = pending ] && [ "$3" = "$wrong" ] && [ "$4" != - ] && [ "$status" = 6 ] &&
		grep -qw "$wrong" <<< "$said"; fi
}

all_are_told_right()
{
	local hostname status ssl finding found fix right=0
	printf '\n%sWhat each is told: its status, the finding, and dns_instructions()%s\n\n' "$bold" "$plain"
	printf '  %s%-20s %-8s %-20s %s%s\n' "$dim" HOSTNAME STATUS CERTIFICATE FINDING "$plain"
	while IFS=$'\t' read -r hostname status ssl finding found fix; do
		printf '  %-20s %s%-8s %-20s%s %s\n' "$hostname" "$(colour_of "$status")" "$status" "$ssl" "$plain" \
			"$finding"
		if [ "$fix" != - ]; then
			fold -s -w 70 <<< "found: $found" | sed 's/^/      /; s/ *$//'
			fold -s -w 70 <<< "$fix" | sed "s/^/      $bold/; s/ *\$/$plain/"
		fi
		is_told_right "$hostname" "$status" "$finding" "$fix" || { right=1; tell_trouble "$hostname: not told right"; }
	done < <(advice)
	return "$right"
}

# Each has its certificates from the CA that it should have them from.
issuers_are_right()
{
	local hostname authority right=0
	while IFS='|' read -r hostname authority; do
		[ "$authority" = "${issuer[$hostname]-google}" ] ||
			{ right=1; tell_trouble "$hostname has its certificates from $authority"; }
	done < <(query <<-'SQL'
		select distinct hostname, certificate_authority from certwright.certificate_overview
		where status = 'active' and serial_number is not null
	SQL
	)
	return "$right"
}

# The pack of $barred: forbidden everywhere, and which record would change that.
barred_is_told()
{
	local said
	said=$(query -v name="$barred" <<-'SQL'
		select ssl_status || ' ' || last_error from certwright.hostname_overview where hostname = :'name'
	SQL
	)
	printf '\n  %s: %s\n' "$barred" "$said" | fold -s -w 90
	[[ $said == initializing* && $said == *"$barred. CAA 0 issue \"pki.goog\""* ]] &&
		grep -qw caa_forbids <<< "$(option check "$barred" --zone acme-shop)"
}

# Seconds from the end of google to the certificate from the next CA.
late_took()
{
	query -v left="$left" <<-'SQL'
		select ceil(extract(epoch from min(created_at)) - :left) from certwright.event_log
		where type like '%.issuance.succeeded' and body #>> '{data,hostname}' = 'late.customer.test'
	SQL
}

# A name below the wildcard, the three certificates, and its customer's DNS.
wild_is_renewed()
{
	local answer
	answer=$(openssl s_client -connect "$LAB_EDGE_TLS" -servername "any.$wild" -CAfile "$LAB_DIR/roots.pem" \
		-verify_return_error -verify_hostname "any.$wild" < /dev/null 2>&1)
	[ "${#serials[@]}" = 3 ] || return 1
	printf '\n  %s showed …%s, …%s, …%s;\n  the DNS of its customer has serial %s, as after the delegation: %s\n' "$wild" \
		"${serials[0]: -8}" "${serials[1]: -8}" "${serials[2]: -8}" "$(zone_serial shop.test)" "$untouched"
	grep -q '^Verify return code: 0 ' <<< "$answer" && [ "$untouched" = "$(zone_serial shop.test)" ]
}

conclude()
{
	local served told events took
	edge_serves_all; served=$?
	all_are_told_right; told=$?
	echo
	[ "$(all_active)" = "${#well[@]}" ]; check $? "${#well[@]} hostnames are active, and so are their certificates"
	[ "$(phases_seen)" = "${#well[@]}" ]; check $? 'each went initializing → pending_validation → pending_issuance →
    pending_deployment → active'
	check "$served" 'nginx serves each name with a P-256 and an RSA-2048 certificate'
	check "$told" "${#trouble[@]} are pending, and SQL and certwright check say what is wrong with each"
	barred_is_told; check $? "no CA may issue for $barred, and it is told which record would permit it"
	issuers_are_right; check $? 'each has its certificates from google, or from lets_encrypt where CAA or fate will have it'
	took=$(late_took); [ "${took:-99}" -le 60 ]; check $? "late went to the next CA ${took:-?} s after google went down"
	wild_is_renewed; check $? "$wild was renewed twice, its wildcard too, and nobody touched its customer's DNS"
	all_events_arrived; check $? "${events:-no} events were delivered, each signed and in order"
}
