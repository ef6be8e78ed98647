#include "request.h"

#include <stdio.h>
#include <string.h>

#define VLAN_MAX 4094u
#define SEED_MAX 9007199254740991.0 /* whole numbers are exact in JSON's doubles up to here */

static int refuse(struct control_error *error, const char *field, const char *expected)
{
	return control_wrong(error, field, "expected %s", expected);
}

static int number_of(const cJSON *item, const char *field, double low, double high, double *value, struct control_error *error)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high)) {
		control_wrong(error, field, "expected a number from %.12g to %.12g", low, high);
		return -1;
	}
	*value = item->valuedouble;
	return 0;
}

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static int whole_of(const cJSON *item, const char *field, uint32_t low, uint32_t high, uint32_t *value, struct control_error *error)
{
	double number;
	if (number_of(item, field, low, high, &number, error) != 0)
		return -1;
	*value = (uint32_t)number;
	return *value == number ? 0 : refuse(error, field, "a whole number");
}

/* A word of its own, or an object with that one key: its value. NULL where it is neither. */
static const cJSON *with_value(const cJSON *item, const char *key)
{
	return cJSON_GetArraySize(item) == 1 ? get(item, key) : NULL;
}

static int is_word(const cJSON *item, const char *word)
{
	return cJSON_IsString(item) && strcmp(item->valuestring, word) == 0;
}

static int read_layout(const cJSON *traffic, struct traffic_request *t, struct control_error *error)
{
	const cJSON *vlan = get(traffic, "vlan"), *ip = get(traffic, "ip"), *id;
	uint32_t version = 4, n = 0, ids[FRAME_VLANS_MAX];
	uint16_t vlan_ids[FRAME_VLANS_MAX] = {0};
	if (ip && whole_of(ip, "traffic.ip", 4, 6, &version, error) != 0)
		return -1;
	if (version == 5)
		return refuse(error, "traffic.ip", "4 or 6");
	if (vlan && (!cJSON_IsArray(vlan) || cJSON_GetArraySize(vlan) > (int)FRAME_VLANS_MAX))
		return refuse(error, "traffic.vlan", "a list of at most 2 VLAN ids");
	cJSON_ArrayForEach(id, vlan)
	{
		if (whole_of(id, "traffic.vlan", 1, VLAN_MAX, &ids[n], error) != 0)
			return -1;
		vlan_ids[n] = (uint16_t)ids[n];
		n++;
	}
	t->layout = frame_layout_of(version, vlan_ids, n);
	return 0;
}

static int read_arrival(const cJSON *traffic, struct traffic_request *t, struct control_error *error)
{
	const cJSON *arrival = get(traffic, "arrival"), *burst = with_value(arrival, "burst");
	t->arrival = ARRIVAL_CONSTANT;
	if (!arrival || is_word(arrival, "constant"))
		return 0;
	if (is_word(arrival, "poisson")) {
		t->arrival = ARRIVAL_POISSON;
		return 0;
	}
	if (!burst)
		return refuse(error, "traffic.arrival", "constant, poisson or {burst: packets}");
	t->arrival = ARRIVAL_BURST;
	return whole_of(burst, "traffic.arrival.burst", 1, ARRIVAL_BURST_MAX, &t->burst, error);
}

static int read_flow_model(const cJSON *traffic, struct traffic_request *t, struct control_error *error)
{
	const cJSON *model = get(traffic, "flowModel"), *zipf = with_value(model, "zipf"), *churn = with_value(model, "churn");
	t->flow_model = FLOWS_CYCLE;
	if (!model || is_word(model, "cycle"))
		return 0;
	if (is_word(model, "uniform")) {
		t->flow_model = FLOWS_UNIFORM;
		return 0;
	}
	if (zipf) {
		t->flow_model = FLOWS_ZIPF;
		return number_of(zipf, "traffic.flowModel.zipf", 0.01, 10, &t->zipf_s, error);
	}
	if (!churn)
		return refuse(error, "traffic.flowModel", "cycle, uniform, {zipf: exponent} or {churn: flows a second}");
	t->flow_model = FLOWS_CHURN;
	return number_of(churn, "traffic.flowModel.churn", 0, 1e7, &t->flows_per_second, error);
}

static int read_replay(const cJSON *traffic, struct traffic_request *t, struct control_error *error)
{
	const cJSON *replay = get(traffic, "replay");
	if (!replay || cJSON_IsNull(replay))
		return 0;
	static const char *const known[] = {"file", "rate", "tag", NULL};
	const cJSON *file = get(replay, "file"), *rate = get(replay, "rate"), *tag = get(replay, "tag");
	if (control_known(replay, "traffic.replay.", known, error) != 0)
		return -1;
	if (!cJSON_IsString(file) || file->valuestring[0] != '/' || strlen(file->valuestring) >= REQUEST_PATH_BYTES)
		return refuse(error, "traffic.replay.file", "an absolute path of at most 1023 bytes");
	strcpy(t->replay, file->valuestring);
	if (tag && !cJSON_IsBool(tag))
		return refuse(error, "traffic.replay.tag", "true or false");
	t->replay_tag = cJSON_IsTrue(tag);
	if (is_word(rate, "load"))
		return 0;
	if (!is_word(rate, "recorded"))
		return refuse(error, "traffic.replay.rate", "recorded or load");
	if (t->arrival != ARRIVAL_CONSTANT)
		return refuse(error, "traffic.arrival", "none beside traffic.replay.rate recorded: the file says when packets arrive");
	t->arrival = ARRIVAL_RECORDED;
	return 0;
}

static int read_traffic(const cJSON *traffic, struct traffic_request *t, struct control_error *error)
{
	static const char *const known[] = {"ip", "vlan", "arrival", "flowModel", "replay", "seed", NULL};
	double seed = 1;
	if (traffic && control_known(traffic, "traffic.", known, error) != 0)
		return -1;
	if (get(traffic, "seed") && number_of(get(traffic, "seed"), "traffic.seed", 0, SEED_MAX, &seed, error) != 0)
		return -1;
	t->seed = (uint64_t)seed;
	if (read_layout(traffic, t, error) || read_arrival(traffic, t, error) || read_flow_model(traffic, t, error) ||
	    read_replay(traffic, t, error))
		return -1;
	return 0;
}

static int read_size(const cJSON *item, const char *field, const struct frame_layout *layout, uint32_t *size, struct control_error *error)
{
	uint32_t least = frame_least_bytes(layout);
	if (whole_of(item, field, FRAME_MIN_BYTES, FRAME_MAX_BYTES, size, error) != 0)
		return -1;
	if (*size >= least)
		return 0;
	return control_wrong(error, field,
			     "expected at least %u bytes: 14 of Ethernet, %u of VLAN tags, %u of IPv%u, 8 of UDP, 18 of ours, 4 of CRC", least,
			     4 * layout->vlans, layout->ip_version == 4 ? 20 : 40, layout->ip_version);
}

/* What is replayed has its own sizes. */
static int read_sizes(const cJSON *params, struct trial_request *r, struct control_error *error)
{
	const cJSON *imix = get(params, "imixSizesBytes"), *size;
	const struct frame_layout *layout = &r->traffic.layout;
	r->sizes_n = 0;
	if (r->traffic.replay[0] != 0)
		return 0;
	if (!imix) {
		r->sizes_n = 1;
		return read_size(get(params, "frameSizeBytes"), "frameSizeBytes", layout, &r->sizes[0], error);
	}
	if (!cJSON_IsArray(imix) || cJSON_GetArraySize(imix) < 1 || cJSON_GetArraySize(imix) > (int)REQUEST_SIZES_MAX)
		return refuse(error, "imixSizesBytes", "a list of 1 to 4096 frame sizes");
	cJSON_ArrayForEach(size, imix)
	{
		if (read_size(size, "imixSizesBytes", layout, &r->sizes[r->sizes_n++], error) != 0)
			return -1;
	}
	return 0;
}

/* What is left out is 0. */
static int read_ending(const cJSON *params, struct trial_request *r, struct control_error *error)
{
	const cJSON *packets = get(params, "packets"), *then = get(params, "thenPps"), *duration = get(params, "thenDurationMs");
	double number = 0;
	if ((packets && number_of(packets, "packets", 1, 1e12, &number, error)) ||
	    (then && number_of(then, "thenPps", 1, 1e9, &r->then_pps, error)) ||
	    (duration && whole_of(duration, "thenDurationMs", 1, 86400000, &r->then_duration_ms, error)))
		return -1;
	r->packets = (uint64_t)number;
	int paced = r->pps > 0 && r->line_rate_bps > 0 && r->traffic.arrival != ARRIVAL_RECORDED;
	if ((r->then_pps > 0) != (r->then_duration_ms > 0) || (r->then_pps > 0 && (r->packets > 0 || !paced)))
		return refuse(error, "thenPps", "with thenDurationMs and a paced pps, and without packets");
	return 0;
}

const char *const request_params[] = {"frameSizeBytes", "imixSizesBytes", "pps", "lineRateBps", "durationMs", "packets", "thenPps",
				      "thenDurationMs", "drainMs", "flows", "stampEvery", "traffic", NULL};

int request_read(const cJSON *params, struct trial_request *r, struct control_error *error)
{
	*r = (struct trial_request){0};
	if (read_traffic(get(params, "traffic"), &r->traffic, error) || read_sizes(params, r, error) ||
	    number_of(get(params, "pps"), "pps", 0, 1e9, &r->pps, error) ||
	    number_of(get(params, "lineRateBps"), "lineRateBps", 0, 1e12, &r->line_rate_bps, error) ||
	    whole_of(get(params, "durationMs"), "durationMs", 1, 86400000, &r->duration_ms, error) ||
	    whole_of(get(params, "drainMs"), "drainMs", 1, 1000, &r->drain_ms, error) ||
	    whole_of(get(params, "flows"), "flows", 1, FLOWS_MAX, &r->flows, error) ||
	    whole_of(get(params, "stampEvery"), "stampEvery", 1, 65536, &r->stamp_every, error) ||
	    read_ending(params, r, error))
		return -1;
	if ((r->stamp_every & (r->stamp_every - 1)) != 0)
		return refuse(error, "stampEvery", "a power of two");
	if (r->line_rate_bps == 0)
		r->pps = 0;
	return 0;
}
