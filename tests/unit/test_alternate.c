/* Link headers, and which chain was issued by whom. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>

#include "acme/alternate.h"
#include "acme/openssl.h"

/* All alternates of a header, each followed by a space. */
static const char *
alternates(struct arena *a, const char *header)
{
	const char *all = "", *url;

	while ((url = alternate_next(a, &header)) != NULL)
		all = arena_printf(a, "%s%s ", all, url);
	return all;
}

Test(alternate, links_are_read_as_rfc_8288_writes_them)
{
	static const struct { const char *header, *urls; } table[] = {
		{ "<https://ca.test/1>;rel=\"alternate\"", "https://ca.test/1 " },
		{ "<https://ca.test/1>; rel=alternate", "https://ca.test/1 " },
		{ "<https://ca.test/1>;REL=\"Alternate\"", "https://ca.test/1 " },
		{ "<https://ca.test/1>;rel=\"up alternate\"", "https://ca.test/1 " },
		{ "<https://ca.test/1>;rel=\"up\", <https://ca.test/2> ; title=\"a, b; c\" ; rel=alternate,<https://ca.test/3>;rel=alternate",
		    "https://ca.test/2 https://ca.test/3 " },
		{ "<https://ca.test/a,b;c>;rel=\"alternate\"", "https://ca.test/a,b;c " },
		{ "<https://ca.test/1>;rel=\"index\";rel=\"alternate\"", "" },	/* the first counts */
		{ "<https://ca.test/1>;relation=\"alternate\"", "" },
		{ "<https://ca.test/1>;rel=\"alternates\"", "" },
		{ "<https://ca.test/1>;rel=\"\"", "" },
		{ "<https://ca.test/1>;rel", "" },
		{ "<https://ca.test/1>", "" },
		{ "<https://ca.test/1;rel=alternate", "" },
		{ "https://ca.test/1;rel=alternate", "" },
		{ "<https://ca.test/1>;rel=\"alternate", "https://ca.test/1 " },
		{ "<>;rel=alternate", " " },
		{ ",,<a>;rel=alternate,", "a " },
		{ "<a>;;;=;rel=alternate", "a " },
		{ "<a>;rel=alternate junk <b>;rel=alternate", "a " },
		{ "", "" },
		{ ";", "" },
	};
	auto_arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		cr_assert_str_eq(alternates(a, table[i].header), table[i].urls, "%s: %s", table[i].header, alternates(a, table[i].header));
}

Test(alternate, a_url_over_two_kibibytes_is_passed_over)
{
	auto_arena *a = arena_new(1 << 16);
	char *header = arena_alloc(a, 4000);

	memset(header, 'a', 3999);
	header[0] = '<';
	memcpy(header + 3000, ">;rel=alternate, <b>;rel=alternate", 35);
	cr_assert_str_eq(alternates(a, header), "b ");
}

/* A certificate of the issuer, as PEM; common name NULL: it has none. */
static const char *
issued_by(struct arena *a, const char *common_name)
{
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_x509 *x = X509_new();
	auto_x509_name *name = X509_NAME_new();
	auto_bio *out = BIO_new(BIO_s_mem());
	char *text;
	long len;

	X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8, (const unsigned char *)"Old Root", -1, -1, 0);
	if (common_name != NULL)
		X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	PEM_write_bio_X509(out, x);
	len = BIO_get_mem_data(out, &text);
	return arena_strndup(a, text, (size_t)len);
}

Test(alternate, any_issuer_of_the_chain_counts_in_any_case)
{
	auto_arena *a = arena_new(1 << 18);
	const char *chain = arena_printf(a, "%s%s", issued_by(a, "YE1"), issued_by(a, "ISRG Root X2"));

	cr_assert(alternate_has_issuer(chain, "ISRG Root X2"));
	cr_assert(alternate_has_issuer(chain, "isrg root x2"));
	cr_assert(alternate_has_issuer(chain, "ye1"));
	cr_assert_not(alternate_has_issuer(chain, "ISRG Root X"));
	cr_assert_not(alternate_has_issuer(chain, "ISRG Root X22"));
	cr_assert_not(alternate_has_issuer(chain, "Old Root"));
	cr_assert_not(alternate_has_issuer(chain, ""));
	cr_assert_not(alternate_has_issuer(issued_by(a, NULL), "Old Root"));
}

Test(alternate, what_is_no_chain_was_issued_by_nobody)
{
	cr_assert_not(alternate_has_issuer("", "x"));
	cr_assert_not(alternate_has_issuer("<html>", "x"));
	cr_assert_not(alternate_has_issuer("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "x"));
}
