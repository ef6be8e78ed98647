/* steer: sends what its rules match to a service by name, or out of a port, alone or with its flow; all else goes on as it would. */
#include "../../abi/nf.h"
#include "../common/lines.h"
#include "../common/match.h"
#include "../common/options.h"
#include "../common/report.h"

#include <string.h>

#define RULES_MAX 64u
#define NAME_BYTES 32u /* of a service, with the 0 at its end */
#define NO_PORT 256u

enum { STEERED, NO_MATCH, NOT_IP, UNKNOWN_SERVICE, COUNTS };
static const char *const count_names[COUNTS] = {"steered", "noMatch", "notIp", "unknownService"};

static struct match_rule rules[RULES_MAX];
static uint32_t rules_count;
static struct classifier classifier;
static char service[NAME_BYTES];  /* empty: out of the port */
static uint8_t action, target;    /* of what matches; NEXT while nobody knows the service */
static uint8_t with_flow;
static uint64_t counts[COUNTS];

static const char *take_rule(void *context, char **words, int n)
{
	(void)context;
	if (rules_count == RULES_MAX)
		return "expected at most 64 rules";
	if (n != NF_MATCH_WORDS)
		return "expected five words: PROTOCOL SRC SPORTS DST DPORTS";
	const char *fault = nf_match_parse(words, &rules[rules_count]);
	rules_count += fault == NULL;
	return fault;
}

static int check_service(const char *to, char *error, uint32_t error_bytes)
{
	size_t n = to ? strlen(to) : 0;
	if (!to || (n < NAME_BYTES && strspn(to, "abcdefghijklmnopqrstuvwxyz0123456789-") == n))
		return 0;
	snprintf(error, error_bytes, "--to: expected the name of a service, 1 to 31 of a-z, 0-9 and -, got %.64s", to);
	return -1;
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const char *file = NULL, *to = NULL;
	uint64_t port = NO_PORT, flow = 0;
	const struct nf_option options[] = {
		{.name = "--rules", .kind = NF_TEXT, .value = &file, .required = 1},
		{.name = "--to", .kind = NF_TEXT, .value = &to},
		{.name = "--to-port", .kind = NF_NUMBER, .value = &port, .max = 255},
		{.name = "--flow", .kind = NF_FLAG, .value = &flow},
	};
	memset(counts, 0, sizeof counts);
	memset(service, 0, sizeof service);
	rules_count = 0;
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0 ||
	    check_service(to, error, error_bytes) != 0)
		return -1;
	if ((to != NULL) == (port != NO_PORT)) {
		snprintf(error, error_bytes, "expected one of --to and --to-port, got %s", to ? "both" : "none");
		return -1;
	}
	if (to)
		memcpy(service, to, strlen(to));
	with_flow = flow ? NETVM_ACTION_FLOW : 0;
	action = to ? NETVM_ACTION_NEXT : (uint8_t)(NETVM_ACTION_PORT | with_flow);
	target = to ? 0 : (uint8_t)port;
	if (nf_lines_read(file, take_rule, NULL, error, error_bytes) != 0)
		return -1;
	return classify_build(&classifier, rules, rules_count, error, error_bytes);
}

static void services(netvm_service_number number)
{
	if (service[0] == 0)
		return;
	int n = number(service);
	action = n < 0 ? NETVM_ACTION_NEXT : (uint8_t)(NETVM_ACTION_SERVICE | with_flow);
	target = n < 0 ? 0 : (uint8_t)n;
}

static int steer(struct netvm_packet *p)
{
	struct netvm_flow flow;
	if (!netvm_flow_read(p->data, p->length, &flow))
		return NOT_IP;
	if (classify_find(&classifier, &flow) < 0)
		return NO_MATCH;
	if (action == NETVM_ACTION_NEXT)
		return UNKNOWN_SERVICE;
	p->action = action;
	p->target = target;
	return STEERED;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		counts[steer(&packets[i])]++;
}

static void stop(void)
{
	classify_give_back(&classifier);
	nf_report("steer", count_names, counts, COUNTS);
}

const struct netvm_nf netvm_nf = {
	.name = "steer",
	.usage = "  --rules FILE   what is sent elsewhere, one a line: PROTOCOL SRC[/LEN] PORTS DST[/LEN] PORTS, each may be any\n"
		 "  --to NAME      to this service,\n"
		 "  --to-port N    or out of this port\n"
		 "  --flow         and so with all later packets of its flow",
	.start = start,
	.process = process,
	.services = services,
	.stop = stop,
};
