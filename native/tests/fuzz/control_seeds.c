/* control_seeds DIRECTORY: writes control lines to begin fuzzing with, one a file. */
#include <stdio.h>
#include <sys/stat.h>

static const char *const lines[] = {
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain.set\",\"params\":{\"hops\":[0,{\"domain\":1,\"slot\":2},{\"service\":\"a\"}],\"weight\":3}}",
	"{\"jsonrpc\":\"2.0\",\"id\":\"\\u00fc\",\"method\":\"chain.set\",\"params\":{\"chain\":\"\\ud83d\\ude00\"}}",
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"chian.set\",\"params\":{\"chian\":1e999}}",
	"{\"jsonrpc\":\"2.0\",\"method\":\"chain.set\",\"params\":[1]}",
	"[{\"jsonrpc\":\"2.0\",\"id\":-7,\"method\":\"chain.set\"},7,[],{}]",
	"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"chain\\u0000\"}",
	"[[[[[[[[",
};

int main(int argc, char **argv)
{
	char path[4096];
	if (argc != 2 || mkdir(argv[1], 0700) != 0) {
		fputs("usage: control_seeds DIRECTORY (a new one)\n", stderr);
		return 2;
	}
	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		snprintf(path, sizeof path, "%s/%u", argv[1], i);
		FILE *out = fopen(path, "we");
		if (!out || fputs(lines[i], out) < 0 || fclose(out) != 0) {
			perror(path);
			return 3;
		}
	}
	return 0;
}
