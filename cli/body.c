/* Members of a body from the options of a command. */
#include "cli/body.h"

#include <string.h>

#include "base/json.h"

enum { MAX_OBJECT = 1 << 16 };

static bool
is_none(const char *value)
{
	return strcmp(value, "none") == 0;
}

void
body_text(const struct call *call, json_t *body, const char *flag, const char *member)
{
	const char *value = call_flag(call, flag);

	if (value != NULL)
		json_object_set_new(body, member, is_none(value) ? json_null() : json_string(value));
}

void
body_list(const struct call *call, json_t *body, const char *flag, const char *member)
{
	const char *value = call_flag(call, flag);
	const char *const *list;
	json_t *array;
	size_t count;

	if (value == NULL)
		return;
	if (is_none(value)) {
		json_object_set_new(body, member, json_null());
		return;
	}
	list = call_list(call->arena, value, &count);
	array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(list[i]));
	json_object_set_new(body, member, array);
}

bool
body_switch(const struct call *call, json_t *body, const char *on, const char *off, const char *member,
    struct err *ret_err)
{
	bool is_on = call_flag(call, on) != NULL;
	bool is_off = off != NULL && call_flag(call, off) != NULL;

	if (is_on && is_off)
		return err_set(ret_err, ERR_usage, arena_printf(call->arena, "--%s and --%s exclude each other", on, off));
	if (is_on || is_off)
		json_object_set_new(body, member, json_boolean(is_on));
	return true;
}

bool
body_number(const struct call *call, json_t *body, const char *flag, const char *member, struct err *ret_err)
{
	const char *value = call_flag(call, flag);
	size_t len = value != NULL ? strlen(value) : 0;

	if (value == NULL)
		return true;
	if (is_none(value)) {
		json_object_set_new(body, member, json_null());
		return true;
	}
	if (len > 9 || strspn(value, "0123456789") != len || value[0] == '0')
		return err_set(ret_err, ERR_usage, arena_printf(call->arena,
		    "--%s must be a whole number from 1, or none", flag));
	json_object_set_new(body, member, json_integer(strtoll(value, NULL, 10)));
	return true;
}

bool
body_object(const struct call *call, json_t *body, const char *flag, const char *member, struct err *ret_err)
{
	const char *value = call_flag(call, flag);
	json_t *object;
	struct err err;

	if (value == NULL)
		return true;
	if (is_none(value)) {
		json_object_set_new(body, member, json_null());
		return true;
	}
	object = json_read(value, strlen(value), MAX_OBJECT, call->arena, &err);
	if (object == NULL)
		return err_set(ret_err, ERR_usage, arena_printf(call->arena, "--%s is not JSON: %s", flag,
		    err.detail != NULL ? err.detail : err_sentence(err.code)));
	if (!json_is_object(object)) {
		json_decref(object);
		return err_set(ret_err, ERR_usage, arena_printf(call->arena,
		    "--%s must be a JSON object such as '{\"plan\": \"gold\"}', or none", flag));
	}
	json_object_set_new(body, member, object);
	return true;
}

bool
body_is_given(const struct call *call, const json_t *body, struct err *ret_err)
{
	if (json_object_size(body) > 0)
		return true;
	return err_set(ret_err, ERR_usage, arena_printf(call->arena,
	    "%s needs an option that says what to change; certwright %s --help lists them",
	    call->command->name, call->command->name));
}
