/* The performer that makes keys, with its thread pool. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acme/jws.h"
#include "acme/key.h"
#include "acme/openssl.h"
#include "acme/question.h"
#include "base/b64.h"

static struct {
	struct loop	 *loop;
	struct seal	 *seal;
	struct arena	 *arena;
	struct key_maker *maker;
} it;

static void
begin(void)
{
	char path[] = "/tmp/certwright-key-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	close(fd);
	it.seal = seal_open_file(path, NULL);
	unlink(path);
	it.loop = loop_new();
	it.arena = arena_new(1 << 20);
	it.maker = key_open(it.loop, it.seal);
}

static void
finish(void)
{
	key_close(it.maker);
	loop_free(it.loop);
	seal_close(it.seal);
	arena_free(it.arena);
}

TestSuite(key, .init = begin, .fini = finish, .timeout = 60);

struct ask {
	struct asked asked;		/* first: answered() gets it back */
	struct question question;
	struct key_question key;
	struct answer answer;
	int answers;
};

static void
answered(struct asked *asked, struct answer answer)
{
	struct ask *ask = (struct ask *)asked;

	ask->answer = answer;
	ask->answers++;
}

static const char *const names[] = { "shop.example.com", "*.shop.example.com", NULL };

static struct ask *
start(const char *type, const char *const *for_names)
{
	struct ask *ask = arena_alloc(it.arena, sizeof *ask);

	ask->key = (struct key_question){ type, "issuance/1/key", for_names, NULL };
	ask->question = (struct question){ .kind = QUESTION_KEY, .detail = &ask->key };
	ask->asked = (struct asked){ NULL, &ask->question, it.arena, answered };
	key_perform(it.maker, &ask->asked);
	return ask;
}

static EVP_PKEY *
open_key(const char *sealed, const char *identity)
{
	auto_secret der = { 0 };
	auto_pkcs8 *info = NULL;
	unsigned char *bytes;
	const unsigned char *at;
	size_t len;

	cr_assert(b64_decode(it.arena, sealed, &bytes, &len));
	if (!seal_unlock(it.seal, identity, bytes, len, &der, NULL))
		return NULL;
	at = der.bytes;
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
	cr_assert_not_null(info);
	return EVP_PKCS82PKEY(info);
}

static void
check_answer(const struct ask *ask, const char *algorithm, int bits)
{
	const struct key_answer *answer = ask->answer.detail;
	auto_pkey *key = NULL, *stolen = NULL;
	auto_request *request = NULL;
	unsigned char *der;
	const unsigned char *at;
	size_t len;

	cr_assert_eq(ask->answers, 1);
	cr_assert_null(ask->answer.err.code, "%s", ask->answer.err.code);
	key = open_key(answer->sealed, "issuance/1/key");
	cr_assert(EVP_PKEY_is_a(key, algorithm));
	cr_assert_eq(EVP_PKEY_get_bits(key), bits);
	stolen = open_key(answer->sealed, "issuance/2/key");
	cr_assert_null(stolen, "it opened for another row");
	cr_assert(b64url_decode(it.arena, answer->csr, &der, &len));
	at = der;
	request = d2i_X509_REQ(NULL, &at, (long)len);
	cr_assert_eq(X509_REQ_verify(request, key), 1);
}

Test(key, p256_is_made_at_once)
{
	struct ask *one = start("p256", names), *two = start("p256", names);

	check_answer(one, "EC", 256);
	check_answer(two, "EC", 256);
	cr_assert_str_neq(((const struct key_answer *)one->answer.detail)->csr, ((const struct key_answer *)two->answer.detail)->csr);
}

Test(key, rsa_is_made_on_a_thread_and_the_loop_goes_on)
{
	struct ask *rsa = start("rsa2048", names);

	cr_assert_eq(rsa->answers, 0);
	check_answer(start("p256", names), "EC", 256);
	cr_assert_eq(rsa->answers, 0);
	while (rsa->answers == 0)
		loop_turn(it.loop, true);
	check_answer(rsa, "RSA", 2048);
}

Test(key, what_cannot_be_made_is_said)
{
	static const char *const none[] = { NULL }, *const odd[] = { "a b", NULL };
	struct ask *asks[] = { start("rsa1024", names), start("", names), start("p256", none), start("p256", odd), start("rsa2048", odd) };

	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		while (asks[i]->answers == 0)
			loop_turn(it.loop, true);
		cr_assert_eq(asks[i]->answers, 1);
		cr_assert_str_eq(asks[i]->answer.err.code, "key_question");
	}
}

Test(key, closing_while_a_key_is_made_answers_nobody)
{
	struct ask *rsa = start("rsa2048", names);

	key_close(it.maker);
	loop_free(it.loop);		/* waits for the thread */
	cr_assert_eq(rsa->answers, 0);
	it.loop = loop_new();
	it.maker = key_open(it.loop, it.seal);
}

Test(key, an_account_key_is_one_that_signs)
{
	auto_secret der = { 0 };
	auto_pkey *key = NULL;
	unsigned char *bytes;
	char *sealed;
	size_t len;

	key_make_account(it.arena, it.seal, "certificate_authority/1/account_key", &sealed);
	cr_assert(b64_decode(it.arena, sealed, &bytes, &len));
	cr_assert(seal_unlock(it.seal, "certificate_authority/1/account_key", bytes, len, &der, NULL));
	key = jws_key_read(&der, NULL);
	cr_assert_not_null(key);
}
