/* The control socket: what a line means, and what clients that keep to no rule can do. */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/control.h"

static uint32_t calls; /* of any method: what is refused must not be called */
static char path[64];
static struct control *control;

static cJSON *echo(void *context, const cJSON *params, struct control_error *error)
{
	(void)context, (void)error;
	calls++;
	return cJSON_Duplicate(params, 1);
}

static cJSON *wrong(void *context, const cJSON *params, struct control_error *error)
{
	char field[CONTROL_FIELD_BYTES];
	(void)context, (void)params;
	calls++;
	control_wrong(error, control_field(field, "hops[%u].slot", 1), "expected a number below %d", 32);
	return NULL;
}

static cJSON *refuse(void *context, const cJSON *params, struct control_error *error)
{
	(void)context, (void)params;
	calls++;
	control_failed(error, "no room for %s", "it");
	return NULL;
}

static cJSON *say_nothing(void *context, const cJSON *params, struct control_error *error)
{
	(void)context, (void)params, (void)error;
	calls++;
	return NULL;
}

/* An answer that no socket's buffer has room for. */
static cJSON *say_much(void *context, const cJSON *params, struct control_error *error)
{
	(void)context, (void)params, (void)error;
	static char text[4 << 20];
	calls++;
	memset(text, 'x', sizeof text - 1);
	return cJSON_CreateString(text);
}

static cJSON *handle(void *context, const char *method, const cJSON *params, struct control_error *error)
{
	static const char *const none[] = {NULL}, *const names[] = {"chain", "weight", "hops", NULL};
	static const struct control_method methods[] = {{"echo", names, echo}, {"wrong", names, wrong},		 {"fail", none, refuse},
							{"silent", none, say_nothing}, {"much", none, say_much}, {0}};
	return control_dispatch(methods, context, method, params, error);
}

static void answers_exactly(const char *line, size_t bytes, const char *expected)
{
	char *answer = control_answer(handle, NULL, line, bytes);
	if (!expected) {
		if (answer)
			print_error("%.*s: expected no answer, got %s\n", (int)bytes, line, answer);
		assert_null(answer);
		return;
	}
	assert_non_null(answer);
	if (strcmp(answer, expected) != 0)
		print_error("%.*s:\n  expected %s\n  got      %s\n", (int)bytes, line, expected, answer);
	assert_string_equal(answer, expected);
	cJSON_free(answer);
}

static void answers(const char *line, const char *expected)
{
	answers_exactly(line, strlen(line), expected);
}

/* The answer's code and field, with the id null where it could not be known. */
static void is_refused(const char *line, size_t bytes, int code, const char *field)
{
	char *answer = control_answer(handle, NULL, line, bytes);
	assert_non_null(answer);
	cJSON *json = cJSON_Parse(answer), *error = cJSON_GetObjectItem(json, "error");
	const cJSON *got = cJSON_GetObjectItem(cJSON_GetObjectItem(error, "data"), "field");
	assert_int_equal(control_utf8(answer, strlen(answer)), strlen(answer));
	if (cJSON_GetNumberValue(cJSON_GetObjectItem(error, "code")) != code)
		print_error("%.*s: expected %d, got %s\n", (int)(bytes < 200 ? bytes : 200), line, code, answer);
	assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(error, "code")) == code);
	if (field)
		assert_string_equal(cJSON_GetStringValue(got), field);
	else
		assert_null(got);
	cJSON_Delete(json);
	cJSON_free(answer);
}

#define CALL(method, params) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define OK(id, result) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" result "}"
#define NO(id, code, message, field) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code ",\"message\":\"" message "\"" field "}}"
#define FIELD(name) ",\"data\":{\"field\":\"" name "\"}"

static void a_request_is_answered_with_its_own_id(void **state)
{
	(void)state;
	answers(CALL("echo", "{\"weight\":3}"), OK("1", "{\"weight\":3}"));
	answers("{\"jsonrpc\":\"2.0\",\"id\":\"\\u00fc\",\"method\":\"echo\"}\r", OK("\"ü\"", "{}"));
	answers(" {\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"echo\"} ", OK("null", "{}"));
	answers("{\"jsonrpc\":\"2.0\",\"id\":999999999999999,\"method\":\"echo\"}", OK("999999999999999", "{}"));
	answers("{\"jsonrpc\":\"2.0\",\"id\":-7,\"method\":\"echo\"}", OK("-7", "{}"));
}

static void each_refusal_has_its_code_and_its_field(void **state)
{
	(void)state;
	calls = 0;
	answers("{", NO("null", "-32700", "expected JSON in UTF-8, one request on a line", ""));
	answers(CALL("ecko", "{}"),
		NO("1", "-32601", "no method ecko: expected one of echo, wrong, fail, silent, much; did you mean echo?", ""));
	answers(CALL("elsewhere", "{}"), NO("1", "-32601", "no method elsewhere: expected one of echo, wrong, fail, silent, much", ""));
	answers(CALL("echo", "{\"weight\":1,\"chian\":2}"),
		NO("1", "-32602", "chian: is not known: expected one of chain, weight, hops; did you mean chain?", FIELD("chian")));
	answers(CALL("fail", "{\"a\":1}"), NO("1", "-32602", "a: is not known: expected none", FIELD("a")));
	answers(CALL("echo", "{\"chain\":1,\"chain\":2}"), NO("1", "-32602", "chain: is there twice", FIELD("chain")));
	answers(CALL("echo", "[1]"), NO("1", "-32602", "params: expected an object: parameters go by their names", FIELD("params")));
	assert_int_equal(calls, 0);
	answers(CALL("wrong", "{}"), NO("1", "-32602", "hops[1].slot: expected a number below 32", FIELD("hops[1].slot")));
	answers(CALL("fail", "{}"), NO("1", "-32000", "no room for it", ""));
	answers(CALL("silent", "{}"), NO("1", "-32000", "it failed, and has not said why", ""));
}

static void what_is_no_request_is_called_so_by_its_field(void **state)
{
	(void)state;
	static const struct {
		const char *line, *field;
	} cases[] = {
		{"7", "request"},
		{"\"echo\"", "request"},
		{"null", "request"},
		{"{}", "jsonrpc"},
		{"{\"id\":1,\"method\":\"echo\"}", "jsonrpc"},
		{"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"echo\"}", "jsonrpc"},
		{"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"echo\"}", "jsonrpc"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1}", "method"},
		{"{\"jsonrpc\":\"2.0\",\"method\":1}", "method"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":null}", "params"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":\"a\"}", "params"},
		{"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"echo\"}", "id"},
		{"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"echo\"}", "id"},
		{"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"echo\"}", "id"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"echo\"}", "id"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1000000000000000,\"method\":\"echo\"}", "id"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1e999,\"method\":\"echo\"}", "id"},
		{"[]", "batch"},
	};
	calls = 0;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_refused(cases[i].line, strlen(cases[i].line), CONTROL_INVALID_REQUEST, cases[i].field);
	assert_int_equal(calls, 0);
}

static void a_notification_is_obeyed_and_not_answered(void **state)
{
	(void)state;
	calls = 0;
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}", NULL);
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"fail\"}", NULL);
	assert_int_equal(calls, 2);
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"none\"}", NULL);
	answers("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":[]}", NULL);
	assert_int_equal(calls, 2);
}

static void a_batch_is_answered_as_one(void **state)
{
	(void)state;
	static char many[CONTROL_BATCH_MAX * 64 + 64];
	answers("[" CALL("echo", "{}") ",{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}," CALL("fail", "{}") ",7,[]]",
		"[" OK("1", "{}") "," NO("1", "-32000", "no room for it", "") ","
		NO("null", "-32600", "request: expected a JSON object", FIELD("request")) ","
		NO("null", "-32600", "request: expected a JSON object", FIELD("request")) "]");
	answers("[{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}]", NULL);
	calls = 0;
	for (uint32_t n = CONTROL_BATCH_MAX; n <= CONTROL_BATCH_MAX + 1; n++) {
		strcpy(many, "[");
		for (uint32_t i = 0; i < n; i++)
			strcat(many, i == 0 ? "{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}" : ",{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}");
		strcat(many, "]");
		if (n == CONTROL_BATCH_MAX)
			answers(many, NULL);
		else
			is_refused(many, strlen(many), CONTROL_INVALID_REQUEST, "batch");
	}
	assert_int_equal(calls, CONTROL_BATCH_MAX);
}

/* cJSON goes 1000 deep and no further: its recursion is bounded. */
static void deep_nesting_is_no_json(void **state)
{
	(void)state;
	static char line[CONTROL_LINE_BYTES];
	memset(line, '[', sizeof line);
	is_refused(line, sizeof line, CONTROL_PARSE_ERROR, NULL);
	for (size_t i = 0; i + 5 <= sizeof line; i += 5)
		memcpy(line + i, "{\"a\":", 5);
	is_refused(line, sizeof line, CONTROL_PARSE_ERROR, NULL);
}

static void text_that_is_not_what_it_seems_is_no_json(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		size_t bytes;
	} bad[] = {
#define TEXT(text) {text, sizeof(text) - 1}
		TEXT("\0"),
		TEXT(CALL("echo", "{}") "\0"),
		TEXT(CALL("echo\0", "{}")),
		TEXT(CALL("echo\\u0000.not", "{}")),
		TEXT(CALL("echo\x01", "{}")),
		TEXT(CALL("echo", "{}") "x"),
		TEXT(CALL("echo", "{}") CALL("echo", "{}")),
		TEXT(""),
		TEXT(" "),
		TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"echo\"}"),
		TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\xc0\xaf\",\"method\":\"echo\"}"),
		TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\xed\xa0\x80\",\"method\":\"echo\"}"),
		TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\xf4\x90\x80\x80\",\"method\":\"echo\"}"),
		TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\\ud800\",\"method\":\"echo\"}"),
		TEXT("\xe2\x82"),
	};
	calls = 0;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		is_refused(bad[i].line, bad[i].bytes, CONTROL_PARSE_ERROR, NULL);
	assert_int_equal(calls, 0);
	/* A backslash before it: six characters that name nothing. */
	answers("{\"jsonrpc\":\"2.0\",\"id\":\"\\\\u0000\",\"method\":\"echo\"}", OK("\"\\\\u0000\"", "{}"));
}

static void numbers_without_measure_are_read_or_refused(void **state)
{
	(void)state;
	static char line[4096] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"weight\":";
	size_t used = strlen(line);
	memset(line + used, '9', 2000);
	strcpy(line + used + 2000, "}}");
	/* Versions of cJSON differ: it is too large, or no JSON, but never cut to a number that was not sent. */
	char *answer = control_answer(handle, NULL, line, strlen(line));
	assert_true(strstr(answer, "null") && !strstr(answer, "99"));
	cJSON_free(answer);
	answers(CALL("echo", "{\"weight\":1e999}"), OK("1", "{\"weight\":null}"));
}

/* Cut to fit, in the middle of a character or of a name: the answer stays JSON. */
static void a_long_name_is_cut_between_two_characters(void **state)
{
	(void)state;
	static char line[1024];
	for (int length = 1; length < 100; length++) {
		strcpy(line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"");
		for (int i = 0; i < length; i++)
			strcat(line, i == 0 ? "x" : "ü");
		strcat(line, "\"}");
		is_refused(line, strlen(line), CONTROL_NO_METHOD, NULL);
	}
	char name[300], *field;
	memset(name, 0, sizeof name);
	strcpy(name, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"");
	field = name + strlen(name);
	memset(field, 'a', 62);
	strcat(name, "ü\":1}}");
	char *expected = strndup(field, 62);
	is_refused(name, strlen(name), CONTROL_INVALID_PARAMS, expected);
	free(expected);
}

static int open_socket(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/netvm-control-%d.sock", (int)getpid());
	control = control_open(path, handle, NULL);
	return control ? 0 : -1;
}

static int close_socket(void **state)
{
	(void)state;
	control_close(control);
	return access(path, F_OK) == 0;
}

static int new_client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	control_serve(control, 0);
	return fd;
}

static void say(int fd, const char *text, size_t bytes)
{
	assert_int_equal(send(fd, text, bytes, MSG_NOSIGNAL), bytes);
}

static size_t hear(int fd, char *text, size_t room)
{
	ssize_t n = recv(fd, text, room - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = 0;
	return n > 0 ? (size_t)n : 0;
}

#define LINE CALL("echo", "{}") "\n"
#define ANSWER OK("1", "{}") "\n"

static void lines_come_in_pieces_and_several_at_once(void **state)
{
	(void)state;
	char text[512];
	int fd = new_client();
	for (size_t i = 0; i < sizeof LINE - 2; i++) {
		say(fd, LINE + i, 1);
		control_serve(control, 0);
		assert_int_equal(hear(fd, text, sizeof text), 0);
	}
	say(fd, "\n" LINE LINE "half a ", 1 + 2 * (sizeof LINE - 1) + 7);
	/* One line of a client a turn, so that no client can keep the others waiting. */
	for (int i = 0; i < 3; i++) {
		control_serve(control, 0);
		hear(fd, text, sizeof text);
		assert_string_equal(text, ANSWER);
	}
	control_serve(control, 0);
	assert_int_equal(hear(fd, text, sizeof text), 0);
	close(fd);
	control_serve(control, 0);
}

/* Until there is no more to hear and nothing happens. */
static size_t serve_and_hear(int fd)
{
	static char text[65536];
	size_t heard = 0;
	for (int idle = 0; idle < 3;) {
		control_serve(control, 0);
		size_t n = hear(fd, text, sizeof text);
		heard += n;
		idle = n > 0 ? 0 : idle + 1;
	}
	return heard;
}

static void a_client_that_does_not_read_is_not_waited_for(void **state)
{
	(void)state;
	char text[512];
	int lazy = new_client(), other = new_client();
	static const char much[] = CALL("much", "{}") "\n";
	calls = 0;
	for (int i = 0; i < 20; i++)
		say(lazy, much, sizeof much - 1);
	for (int i = 0; i < 20; i++)
		control_serve(control, 0);
	/* Its second request has to wait until it has read what the first one was answered. */
	assert_int_equal(calls, 1);
	say(other, LINE, sizeof LINE - 1);
	control_serve(control, 0);
	hear(other, text, sizeof text);
	assert_string_equal(text, ANSWER);
	size_t answer = sizeof OK("1", "\"\"") - 1 + (4 << 20) - 1 + 1;
	assert_int_equal(serve_and_hear(lazy), 20 * answer);
	assert_int_equal(calls, 22 - 1);
	close(lazy);
	close(other);
	control_serve(control, 0);
}

static void a_line_without_end_is_told_so_and_cut_off(void **state)
{
	(void)state;
	static char flood[65536], text[512];
	memset(flood, 'x', sizeof flood);
	int fd = new_client();
	for (size_t sent = 0; sent < 2 * CONTROL_LINE_BYTES; sent += sizeof flood) {
		say(fd, flood, sizeof flood);
		control_serve(control, 0);
	}
	say(fd, "\n" LINE, sizeof LINE);
	control_serve(control, 0);
	hear(fd, text, sizeof text);
	assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
				  "\"message\":\"expected a line of at most 1048576 bytes\"}}\n");
	assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 0);
	close(fd);
	control_serve(control, 0);
}

static void the_longest_line_is_still_read(void **state)
{
	(void)state;
	static char line[CONTROL_LINE_BYTES], text[512];
	memset(line, ' ', sizeof line);
	memcpy(line, LINE, sizeof LINE - 2);
	line[sizeof line - 1] = '\n';
	int fd = new_client();
	for (size_t sent = 0; sent < sizeof line; sent += 65536) {
		say(fd, line + sent, 65536);
		control_serve(control, 0);
	}
	hear(fd, text, sizeof text);
	assert_string_equal(text, ANSWER);
	close(fd);
	control_serve(control, 0);
}

static void clients_come_and_go_and_there_are_only_so_many(void **state)
{
	(void)state;
	char text[512];
	int fds[CONTROL_CLIENTS];
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < CONTROL_CLIENTS; i++)
			fds[i] = new_client();
		int more = new_client();
		assert_int_equal(recv(more, text, sizeof text, MSG_DONTWAIT), 0);
		close(more);
		for (int i = 0; i < CONTROL_CLIENTS; i++) {
			say(fds[i], LINE, sizeof LINE - 1 - (i == round % CONTROL_CLIENTS));
			if (i == round % 3)
				close(fds[i]);
		}
		control_serve(control, 0);
		for (int i = 0; i < CONTROL_CLIENTS; i++) {
			if (i == round % 3)
				continue;
			hear(fds[i], text, sizeof text);
			assert_string_equal(text, i == round % CONTROL_CLIENTS ? "" : ANSWER);
			close(fds[i]);
		}
		control_serve(control, 0);
		control_serve(control, 0);
	}
}

static void what_is_unsent_is_sent_before_it_closes(void **state)
{
	(void)state;
	char text[512];
	assert_int_equal(open_socket(NULL), 0);
	int fd = new_client();
	say(fd, LINE, sizeof LINE - 1);
	control_serve(control, 0);
	assert_int_equal(close_socket(NULL), 0);
	hear(fd, text, sizeof text);
	assert_string_equal(text, ANSWER);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_answered_with_its_own_id),
		cmocka_unit_test(each_refusal_has_its_code_and_its_field),
		cmocka_unit_test(what_is_no_request_is_called_so_by_its_field),
		cmocka_unit_test(a_notification_is_obeyed_and_not_answered),
		cmocka_unit_test(a_batch_is_answered_as_one),
		cmocka_unit_test(deep_nesting_is_no_json),
		cmocka_unit_test(text_that_is_not_what_it_seems_is_no_json),
		cmocka_unit_test(numbers_without_measure_are_read_or_refused),
		cmocka_unit_test(a_long_name_is_cut_between_two_characters),
		cmocka_unit_test_setup_teardown(lines_come_in_pieces_and_several_at_once, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(a_client_that_does_not_read_is_not_waited_for, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(a_line_without_end_is_told_so_and_cut_off, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(the_longest_line_is_still_read, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(clients_come_and_go_and_there_are_only_so_many, open_socket, close_socket),
		cmocka_unit_test(what_is_unsent_is_sent_before_it_closes),
	};
	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
