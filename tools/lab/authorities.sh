# The certificate authorities of the lab: Pebbles, a front of each that can
# answer in its place, and Caddy's where the lab has a network of its own.
# Sourced by with-lab, after servers.sh.

NEWER_PEBBLE=$here/../../build/newer-pebble/pebble	# see fetch-newer-pebble
EAB_KID=lab-customer-1

authorities=(1 2 3)
[ ! -x "$NEWER_PEBBLE" ] || authorities+=(4)

# The name of a Pebble among the servers and in files; of its ports.
pebble_name() { if [ "$1" = 1 ]; then echo pebble; else echo "pebble_$1"; fi; }

# Of CAs that ask for it, all customers are known by the same key.
make_eab_key() { head -c 48 /dev/urandom | basenc -w 0 --base64url > "$lab/eab.hmac"; }

# start_pebble N: 1 has two roots, 2 is the one that must know its customers
# and forgets nonces, 3 has no whims, 4 is of a later version.
start_pebble()
{
	local name program=pebble bad_nonces=0 options=() eab=false
	name=$(pebble_name "$1")
	case $1 in
	1) options=(-strict); bad_nonces=5 ;;
	2) options=(-strict); bad_nonces=15; eab=true ;;
	4) options=(-strict); bad_nonces=5; program=$NEWER_PEBBLE ;;
	esac
	render pebble.json "$name.json" "number=$1" "listen=${port[ca_$1]}" "management=${port[ca_management_$1]}" \
		"eab=$eab" "eab_kid=$EAB_KID" "eab_hmac=$(cat "$lab/eab.hmac")"
	PEBBLE_VA_NOSLEEP=1 PEBBLE_ALTERNATE_ROOTS=$(($1 == 1)) PEBBLE_AUTHZREUSE=${LAB_AUTHZREUSE:-0} \
		PEBBLE_WFE_NONCEREJECT=$bad_nonces \
		start "$name" "$program" "${options[@]}" -config "$lab/$name.json" \
		-dnsserver "127.0.0.1:${port[resolver]}"
}

pebble_is_up() { curl -sf --cacert "$lab/tls/root.pem" "https://localhost:${port[ca_$1]}/dir"; }

# ca_start (verbs.sh) has asked for some that ca_stop had ended, or pdns_start.
start_again()
{
	local asked words
	for asked in "$lab"/again/*; do
		[ -e "$asked" ] || continue
		words=$(cat "$asked")
		rm -f "$asked"
		case ${asked##*/} in
		pdns) start_pdns "$words" ;;
		*) start_pebble "${asked##*/}" ;;
		esac
	done
}

start_fronts()
{
	cat "$lab/tls/leaf.pem" "$lab/tls/leaf.key" > "$lab/tls/both.pem"
	printf '%s ok\n' 1 2 3 4 > "$lab/fronts.map"
	render fronts.cfg fronts.cfg
	start fronts haproxy -db -f "$lab/fronts.cfg"
}

# Caddy looks names up by the system's resolver, at port 53, and asks at port
# 80: it can validate only where these are the lab's.
start_caddy()
{
	mkdir -p "$lab/caddy"
	render Caddyfile Caddyfile
	start caddy env GODEBUG=netdns=go HOME="$lab/caddy" XDG_DATA_HOME="$lab/caddy" XDG_CONFIG_HOME="$lab/caddy" \
		caddy run --adapter caddyfile --config "$lab/Caddyfile"
}

has_caddy() { [ "$own_network" = inside ] && command -v caddy > /dev/null; }

start_authorities()
{
	local n
	make_eab_key
	mkdir -p "$lab/again"
	for n in "${authorities[@]}"; do start_pebble "$n"; done
	start_fronts
	! has_caddy || start_caddy
}

wait_for_authorities()
{
	local n
	for n in "${authorities[@]}"; do wait_for "$(pebble_name "$n")" pebble_is_up "$n" || return; done
	wait_for fronts listens 127.0.0.1 "${port[fronts]}" || return
	! has_caddy || wait_for caddy test -s "$lab/caddy/pki/authorities/local/root.crt" || return
	! has_caddy || wait_for caddy listens 127.0.0.1 "${port[caddy]}"
}

export_authorities()
{
	local n host
	export LAB_FRONTS=127.0.0.1:${port[fronts]} LAB_PID=$$
	for n in "${authorities[@]}"; do
		host=ca$n.provider.test
		export "LAB_CA${n}_DIRECTORY=https://$host:${port[ca_$n]}/dir" "LAB_CA${n}_TRUST=$lab/tls/root.pem"
		export "LAB_CA${n}_FRONT=https://$host:${port[front_$n]}/dir"
		export "LAB_CA${n}_MANAGEMENT=https://localhost:${port[ca_management_$n]}"
		export "LAB_CA${n}_LOG=$lab/$(pebble_name "$n").out" "LAB_CA${n}_PID_FILE=$lab/pid/$(pebble_name "$n")"
	done
	export LAB_CA_DIRECTORY=$LAB_CA1_DIRECTORY LAB_CA_LOG=$LAB_CA1_LOG
	export LAB_CA_MANAGEMENT=$LAB_CA1_MANAGEMENT LAB_CA_TRUST=$LAB_CA1_TRUST
	export LAB_CA2_EAB_KID=$EAB_KID LAB_CA2_EAB_HMAC_FILE=$lab/eab.hmac
	has_caddy || return 0
	export LAB_CADDY_DIRECTORY=https://caddy.provider.test:${port[caddy]}/acme/local/directory
	export LAB_CADDY_TRUST=$lab/tls/root.pem LAB_CADDY_ROOT=$lab/caddy/pki/authorities/local/root.crt
	export LAB_CADDY_LOG=$lab/caddy.out
}
