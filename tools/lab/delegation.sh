# The name servers that delegation domains can be at: the built-in one, which
# is the command's business, BIND and Knot, which take updates, and PowerDNS.
# Sourced by with-lab, after servers.sh.

# All are at the same port, at addresses of their own; BIND, Knot (the second)
# and PowerDNS are at 127.0.0.1, 127.0.0.2 and 127.0.54.4.
dns_listen() { echo "$1:${port[dns]}"; }

# Keys as the makers of these servers write them, and one of somebody else's.
make_update_keys()
{
	(
		umask 077
		tsig-keygen -a hmac-sha256 certwright > "$lab/named.key"
		tsig-keygen -a hmac-sha256 others > "$lab/others.key"
		keymgr -t certwright hmac-sha512 > "$lab/knot.key"
		sed -nE '1i key:
			s/^key "(.*)" \{/  - id: \1/p; s/^\talgorithm (.*);/    algorithm: \1/p
			s/^\tsecret "(.*)";/    secret: \1/p' "$lab/others.key" > "$lab/others.conf"
	)
	[ -s "$lab/named.key" ] && [ -s "$lab/knot.key" ] && [ -s "$lab/others.key" ] || die 'there are no keys for updates'
}

start_named()
{
	mkdir -p "$lab/named"
	render updated.zone named/bind.dcv.test.zone address=127.0.0.1
	render named.conf named.conf
	start named named -g -n 1 -c "$lab/named.conf"
}

named_is_up() { dig 127.0.0.1 dns +short bind.dcv.test SOA | grep -q .; }

# start_pdns DATABASE: asked for by pdns_start (verbs.sh), since it needs a
# database that has been migrated.
start_pdns()
{
	mkdir -p "$lab/pdns"
	render pdns.conf pdns.conf "database=$1"
	start pdns pdns_server "--config-dir=$lab"
}

export_delegation()
{
	local listen addresses=127.0.54.1
	listen=$(dns_listen 127.0.54.1)
	if [ "$ipv6" = yes ]; then
		listen+=,$(dns_listen '[::1]')
		addresses+='=::1'
	fi
	export LAB_DNS_LISTEN=$listen LAB_DNS_LISTEN_2=$(dns_listen 127.0.54.2)
	export LAB_DCV_DOMAIN=dcv.provider.test LAB_DCV_NAMESERVERS="ns1.dcv.provider.test=$addresses"
	export LAB_BIND=$(dns_listen 127.0.0.1) LAB_BIND_DOMAIN=bind.dcv.test LAB_BIND_KEY_FILE=$lab/named.key
	export LAB_UPDATED_KNOT=$LAB_KNOT_2 LAB_KNOT_DOMAIN=knot.dcv.test LAB_KNOT_KEY_FILE=$lab/knot.key
	export LAB_PDNS=$(dns_listen 127.0.54.4) LAB_PDNS_DOMAIN=pdns.dcv.test
	export LAB_PDNS_NAMESERVERS=ns1.pdns.dcv.test=127.0.54.4
	export LAB_OTHERS_KEY_FILE=$lab/others.key
}
