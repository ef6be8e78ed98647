/* What a trial is asked for over the control socket, read and checked. */
#ifndef NETVM_GEN_REQUEST_H
#define NETVM_GEN_REQUEST_H

#include <stdint.h>

#include "../base/control.h"
#include "arrival.h"
#include "flows.h"
#include "frame.h"

#define REQUEST_SIZES_MAX 4096u
#define REQUEST_PATH_BYTES 1024u

struct traffic_request {
	struct frame_layout layout;
	enum arrival_kind arrival; /* RECORDED with `replay` only */
	uint32_t burst;
	enum flow_model flow_model;
	double zipf_s;
	double flows_per_second; /* of churn */
	char replay[REQUEST_PATH_BYTES]; /* a capture file; empty: frames of our own */
	int replay_tag;
	uint64_t seed;
};

struct trial_request {
	uint32_t sizes[REQUEST_SIZES_MAX]; /* of frames, with CRC, sent in this order again and again */
	uint32_t sizes_n;
	double pps;           /* 0: as fast as the wire takes them */
	double line_rate_bps; /* 0: no pacing */
	uint32_t duration_ms; /* at `pps`; with `packets` the limit */
	uint64_t packets;     /* ends when so many have been sent; 0: when the time is over */
	double then_pps;      /* the rate of what follows without a pause; 0: nothing follows */
	uint32_t then_duration_ms;
	uint32_t drain_ms;
	uint32_t flows;
	uint32_t stamp_every; /* one packet in so many carries its intended send time; a power of two */
	struct traffic_request traffic;
};

/* The names of a trial's parameters, ended by NULL. */
extern const char *const request_params[];

/* Returns 0, or -1 with the field in `error`. */
int request_read(const cJSON *params, struct trial_request *r, struct control_error *error);

#endif
