#include "answer.h"

static cJSON *sizes_json(const struct trial_result *r)
{
	cJSON *sizes = cJSON_CreateArray();
	for (uint32_t i = 0; i < r->sizes_n; i++) {
		cJSON *size = cJSON_CreateObject();
		cJSON_AddNumberToObject(size, "bytes", r->sizes[i].bytes);
		cJSON_AddNumberToObject(size, "sent", (double)r->sizes[i].sent);
		cJSON_AddNumberToObject(size, "received", (double)r->sizes[i].received);
		cJSON_AddItemToArray(sizes, size);
	}
	return sizes;
}

cJSON *answer_json(const struct trial_result *r)
{
	cJSON *o = cJSON_CreateObject();
	cJSON_AddNumberToObject(o, "intendedPps", r->intended_pps);
	cJSON_AddNumberToObject(o, "offeredPps", r->offered_pps);
	cJSON_AddNumberToObject(o, "receivedPps", r->received_pps);
	cJSON_AddNumberToObject(o, "offeredBps", r->offered_bps);
	cJSON_AddNumberToObject(o, "sent", (double)r->sent);
	cJSON_AddNumberToObject(o, "received", (double)r->received);
	cJSON_AddNumberToObject(o, "lost", (double)r->lost);
	cJSON_AddNumberToObject(o, "duplicates", (double)r->duplicates);
	cJSON_AddNumberToObject(o, "reordered", (double)r->reordered);
	cJSON_AddNumberToObject(o, "foreign", (double)r->foreign);
	cJSON_AddNumberToObject(o, "strayed", (double)r->strayed);
	cJSON_AddNumberToObject(o, "wireFull", (double)r->wire_full);
	cJSON_AddNumberToObject(o, "firstSendTsc", (double)r->first_send_tsc);
	cJSON_AddNumberToObject(o, "lastSendTsc", (double)r->last_send_tsc);
	cJSON_AddNumberToObject(o, "stepTsc", (double)r->step_tsc);
	cJSON_AddNumberToObject(o, "durationNs", (double)r->duration_ns);
	cJSON_AddNumberToObject(o, "latencySamples", (double)r->latency_samples);
	cJSON_AddNumberToObject(o, "gapNs", (double)r->gap_ns);
	cJSON_AddNumberToObject(o, "sendLateNsMax", (double)r->send_late_ns_max);
	cJSON_AddNumberToObject(o, "sendLateOver10us", (double)r->send_late);
	cJSON_AddNumberToObject(o, "sendLateOver1ms", (double)r->send_very_late);
	cJSON_AddItemToObject(o, "frameSizes", sizes_json(r));
	return o;
}
