#ifndef BASE_ADDR_H
#define BASE_ADDR_H
/*
 * What an IP address is, by the IANA special-purpose registries (RFC 6890 and
 * its updates).  One classifier for everything that goes out: it judges the
 * socket address, never the text of a URL.  IPv6 forms that carry an IPv4
 * address (::ffff:/96, ::/96, 64:ff9b::/96, 2002::/16, 2001::/32) are special.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum addr_class {
	ADDR_PUBLIC,	/* ordinary global unicast */
	ADDR_PRIVATE,	/* loopback, RFC 1918, ULA, link local, shared: for trials only */
	ADDR_SPECIAL,	/* everything else: never */
};

enum addr_class addr_class(const struct sockaddr *);
const char *addr_class_name(enum addr_class);
/* Text without port ("192.0.2.1", "2001:db8::1"); false if not a literal. */
bool addr_parse(const char *text, struct sockaddr_storage *ret);
/* "1.2.3.4:53", "[::1]:53", or a bare address with the default port. */
bool addr_parse_port(const char *text, unsigned default_port, struct sockaddr_storage *ret);
socklen_t addr_len(const struct sockaddr *);
unsigned addr_port(const struct sockaddr *);
void addr_set_port(struct sockaddr *, unsigned port);
/* Writes the literal without port; out holds at least 46 bytes. */
void addr_text(const struct sockaddr *, char *out, size_t size);
/* Is the address inside "192.0.2.0/24" or "2001:db8::/32"?  A prefix that
 * does not parse contains nothing. */
bool addr_in_prefix(const struct sockaddr *, const char *prefix);
#endif
