#!/usr/bin/perl
# Tries to get around the judge. The exit status tells what it got: 1 its peak is reset,
# 2 its limit is lifted, 4 it has left its cgroup, 8 it has read the answer, which it
# then prints.
my $got = 0;
sub put {
    my ($file, $text) = @_;
    my $f;
    return open($f, '+<', $file) && syswrite($f, $text) && close($f);
}
open(my $cgroups, '<', '/proc/self/cgroup') or die;
while (<$cgroups>) {
    my (undef, $controllers, $path) = split /:|\n/;
    for my $top ("/sys/fs/cgroup/$controllers", '/sys/fs/cgroup/unified', '/sys/fs/cgroup') {
        put("$top$path/$_", 0) and $got |= 1 for 'memory.max_usage_in_bytes', 'memory.peak';
        put("$top$path/$_", -1) and $got |= 2 for 'memory.memsw.limit_in_bytes', 'memory.limit_in_bytes';
        put("$top$path/$_", 'max') and $got |= 2 for 'memory.max', 'pids.max';
        $path ne '/' and put("$top/$_", $$) and $got |= 4 for 'cgroup.procs', 'tasks';
    }
}
for (map { glob "$_/answer $_/*/answer" } $0 =~ m{^(.*)/[^/]+/[^/]*$}) {
    my $answer;
    open($answer, '<', $_) and print(<$answer>) and $got |= 8;
}
exit $got;
