#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int nf_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || n < min || n > max)
		return -1;
	*value = n;
	return 0;
}

int nf_parse_mac(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++, text += 3) {
		char *end;
		unsigned long byte = strtoul(text, &end, 16);
		if (end != text + 2 || text[0] == '-' || text[0] == '+' || *end != (i < 5 ? ':' : 0))
			return -1;
		mac[i] = (uint8_t)byte;
	}
	return 0;
}

static int parse_value(const struct nf_option *o, const char *text)
{
	struct match_prefix prefix;
	switch (o->kind) {
	case NF_NUMBER:
		return nf_parse_number(text, o->min, o->max, o->value);
	case NF_TEXT:
		*(const char **)o->value = text;
		return text[0] ? 0 : -1;
	case NF_MAC:
		return nf_parse_mac(text, o->value);
	case NF_PREFIX:
		return match_prefix_read(text, o->value);
	default:
		break;
	}
	if (match_prefix_read(text, &prefix) != 0 || strchr(text, '/') || (o->kind == NF_IPV4 && prefix.version != 4))
		return -1;
	if (o->kind == NF_IPV4)
		*(uint32_t *)o->value = (uint32_t)prefix.address.low;
	else
		*(struct match_prefix *)o->value = prefix;
	return 0;
}

static int refuse_value(const struct nf_option *o, const char *got, char *error, uint32_t error_bytes)
{
	static const char *const expected[] = {
		[NF_TEXT] = "a word that is not empty",
		[NF_IPV4] = "an IPv4 address such as 192.0.2.1",
		[NF_ADDRESS] = "an address such as 192.0.2.1 or 2001:db8::1",
		[NF_PREFIX] = "a prefix such as 10.0.0.0/8 or 2001:db8::/32",
		[NF_MAC] = "a MAC address such as 02:00:00:00:00:01",
	};
	if (o->kind == NF_NUMBER)
		snprintf(error, error_bytes, "%s: expected a number from %lu to %lu, got %s", o->name, o->min, o->max, got);
	else
		snprintf(error, error_bytes, "%s: expected %s, got %s", o->name, expected[o->kind], got);
	return -1;
}

static int refuse_name(const char *got, const struct nf_option *options, uint32_t n, char *error, uint32_t error_bytes)
{
	int at = snprintf(error, error_bytes, "%s: expected one of", got);
	for (uint32_t i = 0; i < n && at > 0 && (uint32_t)at < error_bytes; i++)
		at += snprintf(error + at, error_bytes - (uint32_t)at, " %s", options[i].name);
	return -1;
}

int nf_options_read(int argc, char **argv, const struct nf_option *options, uint32_t n, char *error, uint32_t error_bytes)
{
	uint64_t given = 0;
	for (int i = 0; i < argc; i++) {
		uint32_t k = 0;
		while (k < n && strcmp(argv[i], options[k].name) != 0)
			k++;
		if (k == n)
			return refuse_name(argv[i], options, n, error, error_bytes);
		given |= 1ull << k;
		if (options[k].kind == NF_FLAG) {
			*(uint64_t *)options[k].value = 1;
			continue;
		}
		const char *text = i + 1 < argc ? argv[++i] : "";
		if (parse_value(&options[k], text) != 0)
			return refuse_value(&options[k], text[0] ? text : "nothing", error, error_bytes);
	}
	for (uint32_t k = 0; k < n; k++) {
		if (options[k].required && !(given >> k & 1))
			return refuse_value(&options[k], "nothing", error, error_bytes);
	}
	return 0;
}
