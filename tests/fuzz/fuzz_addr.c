/* Addresses, with ports and as prefixes: text, value, text again. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "base/addr.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 16, TEXT = 64 };

#define SA(storage) ((const struct sockaddr *)&(storage))

static const void *
bytes_of(const struct sockaddr_storage *s, unsigned *ret_bits)
{
	*ret_bits = s->ss_family == AF_INET ? 32 : 128;
	return s->ss_family == AF_INET
	    ? (const void *)&((const struct sockaddr_in *)(const void *)s)->sin_addr
	    : (const void *)&((const struct sockaddr_in6 *)(const void *)s)->sin6_addr;
}

static bool
is_same(const struct sockaddr_storage *x, const struct sockaddr_storage *y)
{
	unsigned bits, bits_y;
	const void *bytes = bytes_of(x, &bits);

	return x->ss_family == y->ss_family && memcmp(bytes, bytes_of(y, &bits_y), bits / 8) == 0 &&
	    addr_port(SA(*x)) == addr_port(SA(*y));
}

/* Nothing that goes out is in these, by the text of the registries. */
static void
check_class(const struct sockaddr_storage *s)
{
	static const char *const never[] = { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10",
		"127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/3", "::/3", "4000::/2", "8000::/1", "2001::/23",
		"2001:db8::/32", "2002::/16", "3fff::/20" };

	if (addr_class(SA(*s)) != ADDR_PUBLIC)
		return;
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		assert(!addr_in_prefix(SA(*s), never[i]));
}

static void
check_literal(const char *text)
{
	struct sockaddr_storage s, again;
	char out[TEXT], more[2 * TEXT];

	if (!addr_parse(text, &s))
		return;
	assert(addr_len(SA(s)) != 0 && addr_port(SA(s)) == 0);
	addr_text(SA(s), out, sizeof out);
	assert(addr_parse(out, &again) && is_same(&s, &again));
	addr_text(SA(again), more, sizeof more);
	assert(strcmp(out, more) == 0);
	assert(addr_parse_port(text, 53, &again) && addr_port(SA(again)) == 53);
	snprintf(more, sizeof more, "%s/%d", out, s.ss_family == AF_INET ? 32 : 128);
	assert(addr_in_prefix(SA(s), more));
	check_class(&s);
}

static void
check_port(const char *text)
{
	struct sockaddr_storage s, again;
	char out[TEXT], more[2 * TEXT];

	if (!addr_parse_port(text, 53, &s))
		return;
	assert(addr_port(SA(s)) <= 65535);
	addr_text(SA(s), out, sizeof out);
	snprintf(more, sizeof more, s.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", out,
	    addr_port(SA(s)));
	assert(addr_parse_port(more, 1, &again) && is_same(&s, &again));
}

/* Bit by bit. */
static bool
shares_bits(const struct sockaddr_storage *x, const struct sockaddr_storage *y, unsigned count)
{
	unsigned bits;
	const unsigned char *p = bytes_of(x, &bits), *q = bytes_of(y, &bits);

	for (unsigned i = 0; i < count; i++)
		if (((p[i / 8] ^ q[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

static void
check_prefix(struct arena *a, const char *text)
{
	static const char *const some[] = { "0.0.0.0", "192.0.2.1", "255.255.255.255", "10.1.2.3",
		"::", "2001:db8::1", "fe80::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" };
	const char *slash = strchr(text, '/');
	struct sockaddr_storage network, s;
	bool is_network =
	    slash != NULL && addr_parse(arena_strndup(a, text, (size_t)(slash - text)), &network);
	unsigned bits = 999;

	if (is_network)
		sscanf(slash + 1, "%5u", &bits);
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		assert(addr_parse(some[i], &s));
		if (addr_in_prefix(SA(s), text))
			assert(is_network && network.ss_family == s.ss_family &&
			    bits <= (s.ss_family == AF_INET ? 32 : 128) &&
			    shares_bits(&s, &network, bits));
		else if (is_network && addr_in_prefix(SA(network), text))
			assert(
			    network.ss_family != s.ss_family || !shares_bits(&s, &network, bits));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA + 4 * size);
	struct sockaddr_storage raw = { .ss_family = AF_INET6 };
	const char *text = fuzz_text(a, data, size);

	check_literal(text);
	check_port(text);
	check_prefix(a, text);
	if (size == 16) {
		memcpy(&((struct sockaddr_in6 *)(void *)&raw)->sin6_addr, data, 16);
		check_class(&raw);
	}
	return 0;
}
