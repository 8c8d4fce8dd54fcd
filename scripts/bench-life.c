// The command of the containers of bench-life.sh.
//
//   service             nothing
//   service up FIFO     says on a FIFO that it runs, and runs until it gets SIGTERM
//   service lines N     writes N bytes, in lines of 100
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void end(int signal) { _exit(signal == SIGTERM ? 0 : 1); }

static int up(const char *path) {
    signal(SIGTERM, end);
    int fifo = open(path, O_WRONLY);
    if (fifo < 0 || write(fifo, "u", 1) != 1) return 1;
    close(fifo);
    for (;;) pause();
}

static int lines(long left) {
    static char block[64000];
    memset(block, 'x', sizeof block);
    for (size_t end = 99; end < sizeof block; end += 100) block[end] = '\n';
    while (left > 0) {
        ssize_t n = write(1, block, left < (long)sizeof block ? left : (long)sizeof block);
        if (n < 0) return 1;
        left -= n;
    }
    return 0;
}

int main(int count, char **words) {
    if (count < 3) return 0;
    return strcmp(words[1], "up") ? lines(atol(words[2])) : up(words[2]);
}
