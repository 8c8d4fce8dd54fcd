#!/usr/bin/perl
# Tries to get around the judge. The exit status tells what it got: 1 its peak or its CPU
# time is reset, 2 its limit is lifted, 4 it has left its cgroup, 8 it has read the answer,
# which it then prints, 16 it has written to the judge's files, 32 it has signalled the
# judge, or looked into it. And it leaves a process behind.
my $got = 0;
sub put {
    my ($file, $text) = @_;
    my $f;
    return open($f, '+<', $file) && syswrite($f, $text) && close($f);
}
sub show {
    my $answer;
    open($answer, '<', $_[0]) and print(<$answer>) and $got |= 8;
}

open(my $cgroups, '<', '/proc/self/cgroup') or die;
while (<$cgroups>) {
    my (undef, $controllers, $path) = split /:|\n/;
    for my $top ("/sys/fs/cgroup/$controllers", '/sys/fs/cgroup/unified', '/sys/fs/cgroup') {
        my $dir = -d "$top$path" ? "$top$path" : $top;    # what is mounted may be its own
        put("$dir/$_", 0) and $got |= 1 for 'memory.max_usage_in_bytes', 'memory.peak', 'cpuacct.usage';
        put("$dir/$_", -1) and $got |= 2 for 'memory.memsw.limit_in_bytes', 'memory.limit_in_bytes';
        put("$dir/$_", 'max') and $got |= 2 for 'memory.max', 'pids.max', 'cpu.max';
        $path ne '/' and put("$top/$_", $$) and $got |= 4 for 'cgroup.procs', 'tasks';
    }
}

# The answer beside itself, and beside the input, whose name the kernel tells.
show($_) for map { glob "$_/answer $_/*/answer" } $0 =~ m{^(.*)/[^/]+/[^/]*$};
my ($private) = (readlink('/proc/self/fd/0') // '') =~ m{^(/.*)/};
if (defined $private) {
    for my $root ('', '/proc/1/root', '/proc/self/cwd/../..', '/old_root') {
        show("$root$private/answer");
        put("$root$private/$_", "0\n") and $got |= 16 for 'answer', 'report';
    }
}
open(my $input, '>>', '/proc/self/fd/0') and syswrite($input, "0\n") and $got |= 16;

for my $pid (map { m{(\d+)} } glob '/proc/[0-9]*') {
    $pid != $$ and kill(9, $pid) and $got |= 32;
}
getppid() > 0 and kill(9, getppid()) and $got |= 32;

if (!fork) {
    require POSIX;
    POSIX::setsid();
    exit if fork;
    $SIG{$_} = 'IGNORE' for 'TERM', 'HUP', 'INT';
    $0 = 'left-behind';
    close($_) for *STDIN, *STDOUT, *STDERR;
    sleep 1000 while 1;
}
exit $got;
