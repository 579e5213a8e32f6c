#!/bin/bash
# What customers do, as verbs.  Source it, or run it: verbs.sh dns_add ...
# Works in the environment of with-lab.

# dns_batch: lines "add NAME TYPE VALUE..." and "remove NAME [TYPE [VALUE...]]"
# from standard input, all names of a zone in one update.  The name server
# ($LAB_KNOT) answers when it serves them.
dns_batch()
{
	local answer
	answer=$(sed -E '/^$/d; s/^(add|remove) ([^ ]*[^. ])( |$)/\1 \2.\3/; s/^add ([^ ]+) /add \1 1 /; s/^remove /del /
			/ CNAME /s|/|\\047|g; / CNAME /s|:|\\058|g' |
		awk -v server="${LAB_KNOT%:*} ${LAB_KNOT##*:}" '
			{ n = split($2, label, "."); zone = label[n - 2] "." label[n - 1] "." }
			!(zone in update) { order[++zones] = zone }
			{ update[zone] = update[zone] $0 "\n" }
			END {
				print "server " server "\nttl 1"
				for (i = 1; i <= zones; i++) printf "zone %s\n%ssend\n", order[i], update[order[i]]
			}' | knsupdate -v 2>&1) && [ -z "$(grep -i 'error\|failed' <<< "$answer")" ] && return
	printf 'could not change a zone: %s\n' "$answer" >&2
	return 1
}

# dns_add NAME TYPE VALUE...
dns_add() { printf 'add %s\n' "$*" | dns_batch; }

# dns_remove NAME [TYPE [VALUE...]]
dns_remove() { printf 'remove %s\n' "$*" | dns_batch; }

# dns_point NAME...: each name's CNAME to the provider's target.
dns_point() { printf 'add %s CNAME customers.provider.test.\n' "$@" | dns_batch; }

# dns_delegate NAME [DATABASE]: its challenges are to be answered by the provider:
# _acme-challenge.NAME gets the CNAME that its dcv_delegation_records say.
dns_delegate()
{
	local record
	record=$(psql -XAtq -F ' CNAME ' -d "${2:-$PGDATABASE}" -v ON_ERROR_STOP=1 -v name="$1" <<-'SQL'
		select r ->> 'cname', r ->> 'cname_target'
		from certwright.custom_hostname h
		cross join lateral certwright.get_custom_hostname(h.zone_id, h.id) o
		cross join jsonb_array_elements(o #> '{ssl,dcv_delegation_records}') r
		where h.hostname = :'name'
	SQL
	) || return
	[ -n "$record" ] || { printf '%s is told of no delegation\n' "$1" >&2; return 1; }
	printf 'add %s.\n' "$record" | dns_batch
}

# zone_serial ZONE: it has grown if the zone was changed.
zone_serial() { kdig "@${LAB_KNOT%:*}" -p "${LAB_KNOT##*:}" +short "$1" SOA | cut -d ' ' -f 3; }

# is_published ADDRESS:PORT NAME [VALUE...]: does the name server have exactly
# these TXT values?
is_published()
{
	local values
	values=$(kdig "@${1%:*}" -p "${1##*:}" +short "$2" TXT | tr -d '"' | sort) || return
	[ "$values" = "$(printf '%s\n' "${@:3}" | sort)" ] || { printf '%s has: %s\n' "$2" "$values" >&2; return 1; }
}

# others_add ADDRESS:PORT NAME VALUE, others_remove: somebody else, who has a key
# of his own, changes TXT values of a delegation domain (LAB_BIND, LAB_UPDATED_KNOT).
others_add() { others_update "$1" add "$2" 60 TXT "$3"; }
others_remove() { others_update "$1" delete "$2" TXT "$3"; }
others_update()
{
	printf 'server %s %s\nzone %s\nupdate %s\nsend\n' "${1%:*}" "${1##*:}" \
		"$(sed -E 's/^.*\.([^.]+\.[^.]+\.[^.]+)$/\1/' <<< "$3")" "${*:2}" | nsupdate -k "$LAB_OTHERS_KEY_FILE"
}

# dns_other_server VERB ...: one of the above at the second name server, which
# only serves split.test.
dns_other_server() { LAB_KNOT=$LAB_KNOT_2 "$@"; }

# resolve NAME TYPE: somebody asks the resolver.
resolve() { kdig "@${LAB_RESOLVER%:*}" -p "${LAB_RESOLVER##*:}" +short "$@"; }

# serve_http HOST PATH BODY: what the customer's own web server has there; it
# listens on port LAB_HTTP_PORT of 127.0.0.2 and ::1.
serve_http()
{
	local file=$LAB_CUSTOMERS/$1$2
	mkdir -p "${file%/*}" && printf '%s\n' "$3" > "$file.new" && mv "$file.new" "$file"
}

# That web server redirects everything, forbids everything, or hangs up when
# asked at an address.
# redirect_http HOST
redirect_http() { mark_http "$1" redirects; }
# forbid_http HOST
forbid_http() { mark_http "$1" forbids; }
# hang_up_http HOST ADDRESS
hang_up_http() { mark_http "$1" "hangs_up_at_$2"; }
mark_http() { mkdir -p "$LAB_CUSTOMERS/$1" && : > "$LAB_CUSTOMERS/$1/.$2"; }

# sink_trouble PATH: all webhooks meet this trouble (tests/kit/sink_main.c);
# without a path, none.
sink_trouble() { printf '%s\n' "${1-}" > "$LAB_SINK_CONTROL.new" && mv "$LAB_SINK_CONTROL.new" "$LAB_SINK_CONTROL"; }

# sink_secret SECRET: the receiver accepts signatures by this one as well.
sink_secret() { printf '%s\n' "$1" >> "$LAB_SINK_SECRETS"; }

# served NAME ecdsa|rsa: the certificate that the edge serves, as PEM.  For RSA
# both forms of signature are offered: some servers know only the older one.
served()
{
	local algorithms=ECDSA+SHA256
	[ "$2" = rsa ] && algorithms=RSA-PSS+SHA256:RSA+SHA256
	openssl s_client -connect "$LAB_EDGE_TLS" -servername "$1" -sigalgs "$algorithms" < /dev/null 2> /dev/null |
		openssl x509 2> /dev/null
}

# is_served NAME ecdsa|rsa N: does the edge serve it a certificate of this kind
# that is valid for it and from this CA?  N is a number, or caddy.
is_served()
{
	local algorithms=ECDSA+SHA256 bits=256 roots answer
	[ "$2" = ecdsa ] || algorithms=RSA-PSS+SHA256:RSA+SHA256 bits=2048
	roots=$(ca_roots "$3") || return
	answer=$(openssl s_client -connect "$LAB_EDGE_TLS" -servername "$1" -sigalgs "$algorithms" \
		-CAfile <(echo "$roots") -no-CApath -verify_hostname "$1" < /dev/null 2>&1)
	grep -q '^Verify return code: 0 ' <<< "$answer" && grep -q "^Server public key is $bits bit" <<< "$answer" && return
	printf '%s %s of CA %s: %s\n' "$1" "$2" "$3" "$answer" >&2
	return 1
}

# ca_variable N NAME: what LAB_CAn_NAME is.
ca_variable() { local name="LAB_CA$1_$2"; [ -n "${!name-}" ] && echo "${!name}"; }

# ca_orders [N]: how many orders the CA has accepted.
ca_orders() { grep -c 'Added order' "$(ca_variable "${1:-1}" LOG)" || [ $? = 1 ]; }

# ca_roots [N|caddy]: the certificate that its certificates chain to.
ca_roots()
{
	local url
	[ "${1-}" != caddy ] || { cat "$LAB_CADDY_ROOT"; return; }
	url=$(ca_variable "${1:-1}" MANAGEMENT) && curl -sf --cacert "$(ca_variable "${1:-1}" TRUST)" "$url/roots/0"
}

# ca_stop [N]: a CA goes down, and forgets everything.
ca_stop()
{
	local file pid tries
	file=$(ca_variable "${1:-1}" PID_FILE) && pid=$(cat "$file") || return
	kill -TERM "$pid" && { kill -CONT "$pid" 2> /dev/null; true; } || return	# it may hang
	for ((tries = 0; tries < 500; tries++)); do
		kill -0 "$pid" 2> /dev/null || { rm -f "$file"; return; }
		sleep 0.02
	done
	return 1
}

# ca_start [N]: it comes back, at the same address.
ca_start()
{
	local url tries
	url=$(ca_variable "${1:-1}" MANAGEMENT) && : > "$LAB_DIR/again/${1:-1}" && kill -USR1 "$LAB_PID" || return
	for ((tries = 0; tries < 500; tries++)); do
		! curl -s --cacert "$(ca_variable "${1:-1}" TRUST)" -o /dev/null "$url/roots/0" || return 0
		sleep 0.02
	done
	return 1
}

# ca_hang [N]: it takes connections and says nothing; ca_thaw [N]: it goes on.
ca_hang() { kill -STOP "$(cat "$(ca_variable "${1:-1}" PID_FILE)")"; }
ca_thaw() { kill -CONT "$(cat "$(ca_variable "${1:-1}" PID_FILE)")"; }

# ca_answers N WHAT [SECONDS]: what its front (LAB_CAn_FRONT) says instead: 503
# to all; caa, or rate with a Retry-After, to new orders; ok: nothing.
ca_answers()
{
	local answer what=$2
	case $2 in
	ok | 503 | caa) ;;
	rate) what=rate:${3:-60} ;;
	*) echo 'ca_answers N ok|503|caa|rate [SECONDS]' >&2; return 2 ;;
	esac
	exec {fronts}<> "/dev/tcp/${LAB_FRONTS/:/\/}" || return
	printf 'set map %s %s %s\n' "$LAB_DIR/fronts.map" "$1" "$what" >&"$fronts"
	answer=$(cat <&"$fronts")
	exec {fronts}>&-
	[ -z "${answer//[$'\n']/}" ] || { printf 'the fronts say: %s\n' "$answer" >&2; return 1; }
}

# pdns_start DATABASE: PowerDNS is started on it, and answers at LAB_PDNS.
pdns_start()
{
	local file=$LAB_DIR/pid/pdns name tries
	name=$(psql -XAtq -d "$1" -v ON_ERROR_STOP=1 <<-'SQL'
		set client_min_messages = warning;
		drop role if exists lab_powerdns;
		create role lab_powerdns login in role certwright_powerdns;
		select current_database();
	SQL
	) || return
	rm -f "$file"
	echo "$name" > "$LAB_DIR/again/.pdns" && mv "$LAB_DIR/again/.pdns" "$LAB_DIR/again/pdns" && kill -USR1 "$LAB_PID" || return
	for ((tries = 0; tries < 500; tries++)); do
		! kdig "@${LAB_PDNS%:*}" -p "${LAB_PDNS##*:}" +timeout=1 +retry=0 "$LAB_PDNS_DOMAIN" SOA > "$LAB_DIR/pdns.asked" 2>&1 ||
			[ ! -s "$file" ] || return 0
		sleep 0.02
	done
	tail -n 5 "$LAB_DIR/pdns.out" >&2
	return 1
}

# pdns_stop: it is gone, before its database goes.
pdns_stop()
{
	local file=$LAB_DIR/pid/pdns pid tries
	pid=$(cat "$file") && kill -TERM "$pid" || return
	for ((tries = 0; tries < 500; tries++)); do
		kill -0 "$pid" 2> /dev/null || { rm -f "$file"; return; }
		sleep 0.02
	done
	return 1
}

# freeze NAME, thaw NAME: a server (pebble, pebble_2, knot, unbound, nginx,
# haproxy, sink, postgres ...) that hangs, and goes on.
freeze() { kill -STOP "$(cat "$LAB_DIR/pid/$1")"; }
thaw() { kill -CONT "$(cat "$LAB_DIR/pid/$1")"; }

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	verb=${1-}
	if [ "$(type -t -- "$verb")" != function ]; then
		sed -n 's/^# \([a-z_]*[ :].*\)/\1/p' "$0" >&2
		exit 2
	fi
	"$@"
fi
