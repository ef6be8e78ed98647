/* netvm-gen's command line. */
#ifndef NETVM_GEN_OPTIONS_H
#define NETVM_GEN_OPTIONS_H

#include "../base/wire.h"
#include "replay.h"
#include "trial.h"

struct options {
	struct wire_options eal;
	struct core_list tx, rx;
	const char *wire;
	int vfs; /* 0: the wire is a plain one */
	const char *control;
	const char *telemetry;
	struct replay_request inspect; /* file NULL: start the generator */
};

/* Exits 2 with the usage where something is wrong, 0 after --help. */
struct options options_parse(int argc, char **argv);

#endif
