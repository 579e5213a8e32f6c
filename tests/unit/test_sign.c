/* Signatures: the vectors that Standard Webhooks' own libraries are tested with. */
#include <criterion/criterion.h>
#include <string.h>

#include "webhooks/sign.h"

static struct secret
text(const char *s)
{
	return secret_copy(s, strlen(s));
}

static const struct vector {
	const char *secret, *id;
	int64_t	    timestamp;
	const char *body, *signature;
} vectors[] = {
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	  "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
	/* the next two by: printf '%s.%s.%s' … | openssl dgst -sha256 -mac HMAC -binary | base64 */
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265331,
	  "{\"test\": 2432232314}", "v1,l6C9/1+N/lSU6+gfh+YEGqTK2aQ+k8nMEWDvvCgHh7U=" },
	{ "whsec_c2hvcnQ=", "e", 0, "", "v1,Y6JL6qfLTg3KAqSAlyD/0SK4QlL/MSDSg55S8D0REnw=" },
};

Test(sign, every_vector_of_the_standard_is_signed_as_it_says)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const struct vector *v = &vectors[i];
		auto_arena *arena = arena_new(1 << 16);
		auto_secret given = text(v->secret), key = { 0 };
		struct err err = { 0 };

		cr_assert(sign_read_secret(&given, &key, &err), "%s", err.detail);
		cr_expect_str_eq(sign_webhook(arena, &key, v->id, v->timestamp, v->body), v->signature);
	}
}

static const struct refused {
	const char *sentence, *secret;
} refusals[] = {
	{ "no prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
	{ "another prefix", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
	{ "nothing after the prefix", "whsec_" },
	{ "an empty secret", "" },
	{ "not base64", "whsec_MfKQ9r8GKYqrTwjU*D8ILPZIo2LaLaSw" },
	{ "white space", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n" },
};

Test(sign, a_secret_that_is_none_is_refused_without_being_shown)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		const struct refused *r = &refusals[i];
		auto_secret given = text(r->secret), key = { 0 };
		struct err err = { 0 };

		cr_expect_not(sign_read_secret(&given, &key, &err), "%s", r->sentence);
		cr_expect_str_eq(err.code, "delivery_bad_secret", "%s", r->sentence);
		cr_expect_null(key.bytes, "%s", r->sentence);
		if (strlen(r->secret) > sizeof "whsec_")
			cr_expect_null(strstr(err.detail, r->secret + strlen(r->secret) / 2), "%s", r->sentence);
	}
}

Test(sign, a_secret_of_unusual_length_is_refused)
{
	char long_one[600];
	auto_secret key = { 0 };
	struct err err = { 0 };

	memset(long_one, 'A', sizeof long_one);
	memcpy(long_one, "whsec_", 6);
	auto_secret given = secret_copy(long_one, sizeof long_one);
	cr_expect_not(sign_read_secret(&given, &key, &err));
}
