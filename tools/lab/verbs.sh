#!/bin/bash
# What customers do, as verbs.  Source it, or run it: verbs.sh dns_add ...
# Works in the environment of with-lab.

# dns_batch: lines "add NAME TYPE VALUE..." and "remove NAME [TYPE [VALUE...]]"
# from standard input, all in one update of the zone customer.test.  The name
# server answers when it serves them.
dns_batch()
{
	local answer
	answer=$({
		echo "server ${LAB_KNOT%:*} ${LAB_KNOT##*:}"
		echo 'zone customer.test.'
		echo 'ttl 1'
		sed -E 's/^(add|remove) ([^ ]*[^. ])( |$)/\1 \2.\3/; s/^add ([^ ]+) /add \1 1 /; s/^remove /del /'
		echo 'send'
	} | knsupdate -v 2>&1) && [ -z "$(grep -i 'error\|failed' <<< "$answer")" ] && return
	printf 'could not change the zone customer.test: %s\n' "$answer" >&2
	return 1
}

# dns_add NAME TYPE VALUE...
dns_add() { printf 'add %s\n' "$*" | dns_batch; }

# dns_remove NAME [TYPE [VALUE...]]
dns_remove() { printf 'remove %s\n' "$*" | dns_batch; }

# dns_point NAME...: each name's CNAME to the provider's target.
dns_point() { printf 'add %s CNAME customers.provider.test.\n' "$@" | dns_batch; }

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
