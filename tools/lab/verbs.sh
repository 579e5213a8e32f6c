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

# ca_orders: how many orders the CA has accepted.
ca_orders() { grep -c 'Added order' "$LAB_CA_LOG"; }

# freeze NAME, thaw NAME: a server (pebble, knot, unbound, nginx, haproxy,
# sink, postgres) that hangs, and goes on.
freeze() { local p="LAB_PID_${1^^}"; kill -STOP "${!p}"; }
thaw() { local p="LAB_PID_${1^^}"; kill -CONT "${!p}"; }

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	verb=${1-}
	if [ "$(type -t -- "$verb")" != function ]; then
		sed -n 's/^# \([a-z_]*[ :].*\)/\1/p' "$0" >&2
		exit 2
	fi
	"$@"
fi
