# The servers of the lab: for each a function that writes its configuration
# and starts it in the foreground as a child of with-lab.  Sourced by with-lab,
# which sets: lab (the folder), bin (build/MODE/tests), and the ports.

PORTS=(dns resolver tls http origin challenge challenge_2 admin admin_2 sink fronts caddy
	{ca,ca_management,front}_{1,2,3,4})
PGBIN=${PGBIN:-$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)}

declare -A port pid		# by the name of a port; by the name of a server

# ::1 is there unless somebody has switched IPv6 off.
if [ -z "${LAB_WITHOUT_IPV6-}" ] && grep -q '^0\{31\}1 ' /proc/net/if_inet6 2> /dev/null; then ipv6=yes
else ipv6=no; say 'THERE IS NO IPv6 LOOPBACK HERE: nothing will be tried over IPv6'; fi

choose_ports()
{
	local numbers i
	mapfile -t numbers < <("$bin/ports" "${#PORTS[@]}")
	[ "${#numbers[@]}" = "${#PORTS[@]}" ] || die 'there are not enough free ports'
	for i in "${!PORTS[@]}"; do port[${PORTS[i]}]=${numbers[i]}; done
	[ "$own_network" != inside ] || port[resolver]=53 port[http]=80
}

# render FILE NEW [NAME=VALUE...]: a file of conf/ with @name@ replaced by port,
# folder, user or value; without IPv6 also without the lines that are about ::1.
render()
{
	local name script="s|@dir@|$lab|g; s|@user@|${nginx_user-}|g; s|@has_ipv6@|$ipv6|g"
	for name in "${PORTS[@]}"; do script+="; s|@$name@|${port[$name]}|g"; done
	for name in "${@:3}"; do script+="; s|@${name%%=*}@|${name#*=}|g"; done
	[ "$ipv6" = yes ] || script+='; s|, ::1/128||; /::1/d'
	sed "$script" "$here/conf/$1" > "$lab/$2"
}

# start NAME [--as USER] COMMAND...: in a session of its own, so that Ctrl-C
# reaches with-lab alone; the kernel ends it if with-lab dies without a word.
start()
{
	local name=$1 as=(); shift
	if [ "$1" = --as ]; then
		[ "$(id -u)" != 0 ] || as=(--reuid "$2" --regid "$2" --init-groups)
		shift 2
	fi
	setsid setpriv "${as[@]}" --pdeathsig TERM -- "$@" < /dev/null >> "$lab/$name.out" 2>&1 {hold}>&- &
	pid[$name]=$!
	mkdir -p "$lab/pid" && echo "$!" > "$lab/pid/$name"
}

last_words()
{
	say "$1 did not start; its last words:"
	cat "$lab/$1.out" "$lab/$1.log" 2> /dev/null | tail -n 8 >&2
}

# wait_for NAME COMMAND...: until the command succeeds; fails when the server
# has died, probably because another program took its port.
wait_for()
{
	local name=$1 tries; shift
	for ((tries = 0; tries < 1000; tries++)); do
		"$@" > /dev/null 2>&1 && return 0
		kill -0 "${pid[$name]}" 2> /dev/null || { last_words "$name"; return 1; }
		sleep 0.02
	done
	last_words "$name"
	exit 1
}

make_identities()
{
	local ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
	mkdir -p "$lab/tls"
	(
		cd "$lab/tls"
		openssl req -x509 "${ec[@]}" -days 30 -subj '/CN=lab root' -keyout root.key -out root.pem \
			-addext keyUsage=critical,keyCertSign
		openssl req "${ec[@]}" -subj '/CN=lab' -keyout leaf.key -out leaf.csr
		openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -out leaf.pem \
			-extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1$(printf ',DNS:%s.provider.test' \
				hooks ca1 ca2 ca3 ca4 caddy)")
	) 2> "$lab/openssl.out" || die "openssl failed: $(tail -n 1 "$lab/openssl.out")"
	(umask 077; head -c 32 /dev/urandom > "$lab/key")
}

# Two: the second is needed by zones whose servers do not agree.
start_knot()
{
	local name
	mkdir -p "$lab/zones" "$lab/knot" "$lab/knot_2"
	cp "$here"/conf/*.zone "$lab/zones/"
	render updated.zone zones/knot.dcv.test.zone address=127.0.0.2
	render knot-common.conf knot-common.conf
	for name in knot knot_2; do
		render "$name.conf" "$name.conf"
		start "$name" knotd -c "$lab/$name.conf"
	done
}

# kdig at NAME's port, as to say dns or resolver.
dig() { kdig "@$1" -p "${port[$2]}" +timeout=1 +retry=0 "${@:3}"; }
has_key() { dig 127.0.0.3 dns +short "$1" DNSKEY | grep -q ^257; }
knot_is_up() { has_key provider.test && has_key signed.test && has_key bogus.test; }
knot_2_is_up() { dig 127.0.0.2 dns +short split.test SOA | grep -q .; }

# The keys that the resolver trusts; that of bogus.test is of another zone.
write_anchors()
{
	local zone
	for zone in provider.test signed.test; do dig 127.0.0.3 dns +noall +answer "$zone" DNSKEY; done |
		awk '$5 == 257 { print } $5 == 257 && $1 == "signed.test." { $1 = "bogus.test."; print }' > "$lab/anchors"
}

start_unbound()
{
	render unbound.conf unbound.conf
	write_anchors
	start unbound unbound -d -c "$lab/unbound.conf"
}

unbound_is_up() { dig 127.0.0.1 resolver +dnssec hooks.provider.test A | grep -q '^;; Flags:.* ad'; }

start_edge()
{
	local nginx_user=
	[ "$(id -u)" != 0 ] || nginx_user='user root;'
	mkdir -p "$lab/nginx" "$lab/edge" "$lab/customers"
	render nginx.conf nginx.conf
	render haproxy.cfg haproxy.cfg
	start nginx nginx -p "$lab" -c "$lab/nginx.conf" -e "$lab/nginx.log"
	start haproxy haproxy -db -f "$lab/haproxy.cfg"
}

listens() { (: < "/dev/tcp/$1/$2"); }

start_sink()
{
	touch "$lab/sink.log" "$lab/sink.secrets"
	start sink "$bin/sink" --port "${port[sink]}" --certificate "$lab/tls/leaf.pem" --key "$lab/tls/leaf.key" \
		--log "$lab/sink.log" --secrets "$lab/sink.secrets" --control "$lab/sink.control"
}

make_cluster()
{
	mkdir -p "$lab/postgres"
	[ "$(id -u)" != 0 ] || chown postgres "$lab/postgres"
	start initdb --as postgres "$PGBIN/initdb" -D "$lab/postgres/data" -U postgres -A trust -E UTF8 \
		--locale=C --no-sync --no-instructions
}

# It keeps nothing that must outlive it, so it need not wait for the disk.
start_postgres()
{
	start postgres --as postgres "$PGBIN/postgres" -D "$lab/postgres/data" -k "$lab/postgres" -c listen_addresses= \
		-c fsync=off -c full_page_writes=off -c max_connections=200 -c log_line_prefix='%m [%p] '
}

create_database() { "$PGBIN/psql" -h "$lab/postgres" -U postgres -d postgres -qXc 'create database certwright'; }

# All servers, as much at once as they allow; fails when one does not start.
start_servers()
{
	local name
	make_cluster
	make_identities
	make_update_keys
	start_named
	start_knot
	start_authorities
	start_edge
	start_sink
	wait_for knot knot_is_up || return
	wait_for knot_2 knot_2_is_up || return
	start_unbound
	wait "${pid[initdb]}" || { last_words initdb; exit 1; }
	unset 'pid[initdb]'
	start_postgres
	wait_for unbound unbound_is_up || return
	wait_for postgres create_database || return
	for name in tls/nginx http/haproxy sink/sink; do
		wait_for "${name#*/}" listens 127.0.0.1 "${port[${name%/*}]}" || return
	done
	wait_for named named_is_up || return
	wait_for_authorities
}

# Ends everything that was started, each by its own number.
stop_servers()
{
	local name tries
	[ -z "${pid[postgres]-}" ] || kill -QUIT "${pid[postgres]}" 2> /dev/null || true
	for name in "${!pid[@]}"; do
		kill -CONT "${pid[$name]}" 2> /dev/null || true
		kill -TERM "${pid[$name]}" 2> /dev/null || true
	done
	for name in "${!pid[@]}"; do
		for ((tries = 0; tries < 150; tries++)); do
			kill -0 "${pid[$name]}" 2> /dev/null || break
			sleep 0.02
		done
		kill -KILL "${pid[$name]}" 2> /dev/null || true
		wait "${pid[$name]}" 2> /dev/null || true
	done
	pid=()
}

export_environment()
{
	: > "$lab/sink.control"
	export LAB_DIR=$lab LAB_CONFIG=$lab/certwright.conf LAB_KEY_FILE=$lab/key
	export LAB_DATABASE="host=$lab/postgres user=postgres dbname=certwright"
	export PGHOST=$lab/postgres PGUSER=postgres PGDATABASE=certwright PATH="$PGBIN:$PATH"
	export LAB_KNOT=127.0.0.3:${port[dns]} LAB_KNOT_2=127.0.0.2:${port[dns]} LAB_DNS_PORT=${port[dns]}
	export LAB_RESOLVER=127.0.0.1:${port[resolver]} LAB_RESOLVER_6=[::1]:${port[resolver]} LAB_IPV6=${ipv6/no/}
	export_authorities
	export_delegation
	render certwright.conf certwright.conf "dns_listen=$LAB_DNS_LISTEN" "dcv_nameservers=$LAB_DCV_NAMESERVERS"
	chmod 644 "$lab/certwright.conf"
	export LAB_HTTP_PORT=${port[http]} LAB_EDGE_TLS=127.0.0.1:${port[tls]} LAB_EDGE_DIRECTORY=$lab/edge
	export LAB_CHALLENGE_LISTEN=127.0.0.1:${port[challenge]} LAB_CHALLENGE_LISTEN_2=127.0.0.1:${port[challenge_2]}
	export LAB_ADMIN_LISTEN=127.0.0.1:${port[admin]} LAB_ADMIN_LISTEN_2=127.0.0.1:${port[admin_2]}
	export LAB_SINK_URL=https://hooks.provider.test:${port[sink]} LAB_SINK_LOG=$lab/sink.log
	export LAB_SINK_SECRETS=$lab/sink.secrets LAB_SINK_CONTROL=$lab/sink.control LAB_TRUST=$lab/tls/root.pem
	export LAB_CUSTOMERS=$lab/customers LAB_CUSTOMER_ADDRESS=127.0.0.2 LAB_VERBS=$here/verbs.sh
	export LAB_APEX_ADDRESS=127.0.53.1 LAB_APEX_PREFIXES='["127.0.53.0/24", "::1/128"]'
	for name in "${!pid[@]}"; do export "LAB_PID_${name^^}=${pid[$name]}"; done
	declare -px | grep -E '^declare -x (LAB_|PG|PATH=)' > "$lab/environment"
}
