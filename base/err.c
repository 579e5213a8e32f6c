/* The table of errors, and looking things up in it. */
#include <assert.h>
#include <string.h>
#include "base/err.h"

static const struct entry {
	const char *code;
	const char *sentence;
	enum blame blame;
	int status;
} entries[ERR_count] = {
#define ERR(code, blame, status, sentence) [ERR_##code] = { #code, sentence, blame, status },
#include "base/errors.def"
#undef ERR
};

struct err
err_new(enum err_code code, const char *detail)
{
	assert(code < ERR_count);
	return (struct err){
		.code = entries[code].code,
		.detail = detail,
		.blame = entries[code].blame,
	};
}

static const struct entry *
find(const char *code)
{
	if (code == NULL)
		return NULL;
	for (size_t i = ERR_none + 1; i < ERR_count; i++) {
		if (strcmp(entries[i].code, code) == 0)
			return &entries[i];
	}
	return NULL;
}

const char *
err_sentence(const char *code)
{
	const struct entry *e = find(code);

	if (e != NULL)
		return e->sentence;
	return code != NULL ? code : "";
}

int
err_status(const char *code)
{
	const struct entry *e = find(code);

	return e != NULL ? e->status : 500;
}

const char *
blame_name(enum blame blame)
{
	switch (blame) {
	case BLAME_NONE:
		return "none";
	case BLAME_US:
		return "us";
	case BLAME_NETWORK:
		return "network";
	case BLAME_CA:
		return "ca";
	case BLAME_CUSTOMER:
		return "customer";
	}
	return "none";
}

bool
err_set(struct err *ret, enum err_code code, const char *detail)
{
	if (ret != NULL)
		*ret = err_new(code, detail);
	return false;
}
