/* A reply to an update: nothing but what the holder of the key has signed for
 * this very request is believed. */
#include <stdlib.h>
#include <string.h>
#include "dcv/publish_wire.h"
#include "tests/fuzz/fuzz.h"

enum { NOW = 1800000000 };

#define KEY(secret) "hmac-sha256:pusher:" secret
#define OURS KEY("kx148GKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk=")
#define ANOTHERS KEY("AAAAGKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk0=")

static struct tsig_key
key_of(const char *text)
{
	struct tsig_key key = { 0 };

	if (!tsig_key_read(text, strlen(text), &key, NULL))
		abort();
	return key;
}

static bool
check(struct arena *a, const struct update *u, const struct tsig_key *key, const uint8_t *data, size_t size, int64_t now)
{
	struct err err = { 0 };

	if (update_check_reply(a, u, key, data, size, now, &err))
		return true;
	fuzz_check_err(&err);
	assert(strcmp(err.code, "publish_refused") == 0 || strcmp(err.code, "publish_signature") == 0);
	assert(err.detail != NULL && strlen(err.detail) < 100);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(1 << 20);
	auto_tsig_key ours = key_of(OURS), anothers = key_of(ANOTHERS);
	const struct publish_ask ask = { "shop.test.id.dcv.test", (const char *const[]){ "value", NULL },
	    (const char *const[]){ NULL } };
	struct update u = { 0 }, other;

	/* Nearly all would end at another id. */
	if (!update_build(a, "dcv.test", &ask, &ours, size >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : 0, NOW, &u, NULL))
		abort();
	if (!check(a, &u, &ours, data, size, NOW))
		return 0;
	assert(size >= 12 && (data[3] & 15) == 0 && (data[2] & 0xf8) == 0xa8);
	assert(!check(a, &u, &anothers, data, size, NOW));
	assert(!check(a, &u, &ours, data, size, NOW + 1000));
	other = u;
	other.mac[0] ^= 1;
	assert(!check(a, &other, &ours, data, size, NOW));
	return 0;
}
