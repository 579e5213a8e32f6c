/* Certificate signing requests, read back by OpenSSL. */
#include <criterion/criterion.h>
#include <string.h>
#include "acme/csr.h"
#include "acme/openssl.h"

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }

static X509_REQ *
make(struct arena *a, EVP_PKEY *key, const char *const *names, const char *common_name)
{
	unsigned char *der;
	const unsigned char *at;
	size_t len;
	struct err err = { 0 };
	X509_REQ *request;

	cr_assert(csr_make(a, key, names, common_name, &der, &len, &err), "%s", err.detail);
	at = der;
	request = d2i_X509_REQ(NULL, &at, (long)len);
	cr_assert_not_null(request);
	cr_assert_eq((size_t)(at - der), len);
	return request;
}

static void
check_alt_names(X509_REQ *request, const char *const *names)
{
	STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(request);
	auto_general_names *list = X509V3_get_d2i(all, NID_subject_alt_name, NULL, NULL);
	int i = 0;

	cr_assert_eq(sk_X509_EXTENSION_num(all), 1);
	for (; names[i] != NULL; i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(list, i);

		cr_assert_eq(one->type, GEN_DNS);
		cr_assert_eq((size_t)ASN1_STRING_length(one->d.dNSName), strlen(names[i]));
		cr_assert_arr_eq(ASN1_STRING_get0_data(one->d.dNSName), names[i], strlen(names[i]));
	}
	cr_assert_eq(sk_GENERAL_NAME_num(list), i);
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
}

Test(csr, a_request_holds_its_names_and_an_empty_subject)
{
	auto_arena *a = arena_new(1 << 18);
	auto_pkey *key = EVP_EC_gen("P-256");
	const char *const *names = NAMES("shop.example.com", "*.shop.example.com");
	auto_request *request = make(a, key, names, NULL);

	check_alt_names(request, names);
	cr_assert_eq(X509_NAME_entry_count(X509_REQ_get_subject_name(request)), 0);
	cr_assert_eq(X509_REQ_verify(request, key), 1);
	cr_assert_eq(X509_REQ_get_signature_nid(request), NID_ecdsa_with_SHA256);
	cr_assert_eq(EVP_PKEY_eq(X509_REQ_get0_pubkey(request), key), 1);
}

Test(csr, an_rsa_request_is_signed_with_sha_256)
{
	auto_arena *a = arena_new(1 << 18);
	auto_pkey *key = EVP_RSA_gen(2048);
	auto_request *request = make(a, key, NAMES("a.example"), NULL);

	cr_assert_eq(X509_REQ_verify(request, key), 1);
	cr_assert_eq(X509_REQ_get_signature_nid(request), NID_sha256WithRSAEncryption);
}

Test(csr, a_common_name_is_one_of_the_names)
{
	auto_arena *a = arena_new(1 << 18);
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_request *request = make(a, key, NAMES("brand.example", "shop.example.com"), "brand.example");
	char text[80];

	cr_assert_eq(X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, text, sizeof text), 13);
	cr_assert_str_eq(text, "brand.example");
}

#define LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

Test(csr, names_over_64_characters_need_no_common_name)
{
	auto_arena *a = arena_new(1 << 18);
	auto_pkey *key = EVP_EC_gen("P-256");
	const char *const *names = NAMES(LABEL "." LABEL "." LABEL ".example");
	auto_request *request = make(a, key, names, NULL);

	check_alt_names(request, names);
}

Test(csr, what_no_ca_could_sign_is_refused)
{
	static const struct { const char *names[3]; const char *common_name; } bad[] = {
		{ { NULL }, NULL },
		{ { "" }, NULL },
		{ { "UPPER.example" }, NULL },
		{ { "dot.example." }, NULL },
		{ { "a..example" }, NULL },
		{ { "a b.example" }, NULL },
		{ { "a.*.example" }, NULL },
		{ { "ok.example", "192.0.2.1" }, NULL },
		{ { "ok.example", "b\xc3\xbc" "cher.example" }, NULL },
		{ { "ok.example" }, "other.example" },
		{ { LABEL ".example" }, LABEL ".example" },
	};
	auto_arena *a = arena_new(1 << 18);
	auto_pkey *key = EVP_EC_gen("P-256");
	const char *many[CSR_MAX_NAMES + 2] = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		unsigned char *der = NULL;
		size_t len = 7;
		struct err err = { 0 };

		cr_assert_not(csr_make(a, key, bad[i].names, bad[i].common_name, &der, &len, &err), "%zu", i);
		cr_assert_str_eq(err.code, "key_question");
		cr_assert(der == NULL && len == 7);
	}
	for (int i = 0; i <= CSR_MAX_NAMES; i++)
		many[i] = arena_printf(a, "n%d.example", i);
	cr_assert_not(csr_make(a, key, many, NULL, NULL, NULL, NULL));
	many[CSR_MAX_NAMES] = NULL;
	X509_REQ_free(make(a, key, many, NULL));
}
