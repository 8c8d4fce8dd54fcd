package cmd_test

import "slices"

// dockerTable is one flag with many values, each of which is a run of its own.
type dockerTable struct {
	flag   string   // such as "--cpus"
	with   string   // flags that go with it, separated by spaces
	script string   // for the shell inside; without one "true"
	values []string // behind "=", so that they may be empty or begin with a dash
}

// numbers are the ways in which a number is written, well or badly.
func numbers(more ...string) []string {
	return slices.Concat(more, []string{
		"", " ", "0", "-0", "+0", "1", "-1", "+1", " 1", "1 ", "1\n", "01", "0x10", "0X10", "0b1", "0o17", "017", "08", "1_000", "1e3",
		"1.0", "1.5", ".5", "5.", "1/2", "1,5", "1k", "x", "-", "+", "--1", "1-", "NaN", "inf", "-inf", "١", "1\u00a0",
		"2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999999",
	})
}

// sizes are the ways in which a size is written, well or badly.
func sizes(more ...string) []string {
	return slices.Concat(more, []string{
		"", " ", "0", "-0", "+0", "0m", "0.0", "-1", "-2", "-1m", "+64m", "64m", "64M", "64mb", "64MB", "64mB", "64Mb", "64mi", "64Mi", "64mib", "64MiB",
		"64MIB", "64mbb", "64bm", "64mm", "64 m", "64 mb", "64  m", " 64m", "64m ", "64m\n", "\t64m", "64.5m", "64.m", ".1g", ".m", "064m", "0x4000000",
		"6e7", "6.5E7", "6e7b", "6e+7", "64e6", "64_000_000", "64,5m", "1,000m", "67108864", "67108864b", "67108864B", "67108864.5", "65536k", "65536K", "65536kb",
		"65536KiB", "0.0625g", "0.0625GB", "1t", "1T", "1TiB", "1p", "1P", "1e", "1E", "1z", "8e", "0.5", "0.5b", "1.5", "m", "b", "mb", "k", "x", "64x", "64 x", "64m64",
		"64c", "64w", "max", "unlimited", "NaN", "nan", "inf", "Inf", "infm", "-inf", "６４m", "6291456", "6291455", "6143k", "5m",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "9007199254740993", "8191p", "8192p", "99999999999999999999999",
	})
}

// lists are the ways in which a list of CPUs or memory nodes is written.
func lists() []string {
	return []string{
		"", " ", "0", "1", "0,1", "1,0", "0-1", "0-0", "1-0", "0,0", "0-1,0", "00", "01", "+0", "-0", "0-", "-", ",", "0,", ",0", "0,,1", "0, 1", " 0", "0 ", "0\n", "0:1",
		"0-1:1/2", "0-1/1", "0x1", "0b1", "all", "x", "2", "99", "0-99", "8191", "8192", "65536", "99999999999999999999", "1.0", "1e0", "0_1", "٠",
	}
}

var dockerTables = []dockerTable{
	{flag: "--memory", script: showMemory, values: sizes()},
	{flag: "--memory-swap", with: "-m 64m", script: showMemory, values: sizes("128m", "63m", "100m")},
	{flag: "--memory-swap", values: []string{"0", "-1", "64m", ""}},
	{flag: "--memory-reservation", with: "-m 64m", script: showMemory, values: sizes("32m", "63m", "65m")},
	{flag: "--memory-reservation", script: showMemory, values: []string{"64m", "0", "-1", ""}},
	{flag: "--cpus", script: showCPU, values: numbers("2", "2.0", "2.1", "3", "0.01", "0.009", "0.001", "0.5", "1.123456789", "1.1234567891", "5e-1", "1E0", "1/3", "0x1p-1", "1.", "0.0", "-0.5", "0.00001")},
	{flag: "--cpu-shares", script: showCPU, values: numbers("2", "512", "1024", "262144", "262145", "0x200")},
	{flag: "--cpu-period", script: showCPU, values: numbers("999", "1000", "50000", "100000", "1000000", "1000001", "0x4000")},
	{flag: "--cpu-quota", script: showCPU, values: numbers("999", "1000", "50000", "100000", "200000", "-2", "-1000", "0x4000")},
	{flag: "--cpu-quota", with: "--cpu-period 50000", script: showCPU, values: []string{"-1", "0", "1000", "100000", "100001"}},
	{flag: "--cpu-period", with: "--cpu-quota -1", script: showCPU, values: []string{"-1", "0", "1000", "50000"}},
	{flag: "--cpuset-cpus", script: showCPUSet, values: lists()},
	{flag: "--cpuset-mems", script: showCPUSet, values: lists()},
	{flag: "--pids-limit", script: showPids, values: numbers("2", "20", "-2", "-20", "4194304", "4194305", "0x20", "max", "unlimited")},
	{flag: "--blkio-weight", script: "true", values: numbers("9", "10", "1000", "1001", "65535", "65536")},
	{flag: "--device-read-bps", values: []string{"", ":", "x", "/dev/null", "/dev/null:", "/dev/null:1", "/dev/null:1mb", "/dev/null:-1", "/dev/null:x", "/dev/null:1.5m", ":1mb", "dev/null:1mb", "/dev/null:1:2", "/dev/null:0", "/dev/none:1mb", "/dev/null: 1mb", "/dev/null:1 mb"}},
	{flag: "--device-read-iops", values: []string{"", ":", "x", "/dev/null", "/dev/null:", "/dev/null:1", "/dev/null:1mb", "/dev/null:-1", "/dev/null:x", "/dev/null:1.5", ":1", "/dev/null:1:2", "/dev/null:0", "/dev/null:4294967296", "/dev/null:18446744073709551616", "/dev/null:+1", "/dev/null:0x1"}},
	{flag: "--oom-score-adj", script: "cat /proc/self/oom_score_adj", values: numbers("1000", "-1000", "1001", "-1001", "0x64", "0144", "999")},
	{flag: "--ulimit", script: "ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -t; ulimit -f", values: []string{
		"", "=", "nofile", "nofile=", "nofile=100", "nofile=100:", "nofile=:100", "nofile=100:200", "nofile=200:100", "nofile=100:200:300", "nofile=-1", "nofile=-1:-1",
		"nofile=100:-1", "nofile=-1:100", "nofile=-2", "nofile=unlimited", "nofile=0x64", "nofile=0144", "nofile=+100", "nofile= 100", "nofile=100 ", " nofile=100", "nofile =100",
		"NOFILE=100", "nofile=1.5", "nofile=1k", "nofile=0", "nofile=9223372036854775807", "nofile=9223372036854775808", "nofile=1048576:1048577", "nofile=1_00",
		"core=0", "core=-1", "cpu=3", "fsize=1024", "as=1000", "nosuch=1", "RLIMIT_NOFILE=100", "nofile:100", "nofile=100,core=0", "core=1:0", "core=-1:0", "core=0:-1", "core=1:unlimited",
	}},
	{flag: "--ulimit", script: "cat /proc/self/limits | sed 's/  */ /g' | grep -i -E 'data|lock|msg|nice|proc|resident|priority|pending|stack|realtime'", values: []string{
		"data=100000000", "locks=10", "memlock=1000000", "msgqueue=10000", "nice=10", "nproc=1000", "rss=10000", "rtprio=5", "rttime=1000", "sigpending=100", "stack=4000000",
	}},
	{flag: "--sysctl", with: "-u 1000", script: "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range", values: []string{
		"", "=", "=1", "net.ipv4.ip_forward", "net.ipv4.ip_forward=", "net.ipv4.ip_forward=0", "net.ipv4.ip_forward=1", "net.ipv4.ip_forward= 1", "net.ipv4.ip_forward=1 ", "net.ipv4.ip_forward=x",
		"net.ipv4.ip_forward=2", "net.ipv4.ip_forward=0x1", "net.ipv4.ip_forward=1=2", " net.ipv4.ip_forward=1", "net.ipv4.ip_forward =1", "NET.ipv4.ip_forward=1",
		"net.ipv4.ip_local_port_range=2000 3000", "net.ipv4.ip_local_port_range=3000 2000", "net.ipv4.ip_unprivileged_port_start=1024", "net.ipv4.ping_group_range=0 5",
		"kernel.msgmax=1000", "kernel.msgmax=-1", "kernel.msgmax=99999999999999999999", "kernel.shmmax=1000000", "kernel.sem=100 200 30 40", "kernel.shm_rmid_forced=1",
		"kernel.hostname=x", "kernel.domainname=x", "kernel.panic=1", "vm.swappiness=1", "fs.file-max=1000", "fs.mqueue.msg_max=20", "fs.mqueue.nosuch=1", "net.no.such=1", "net=1", "net.=1", "net..ipv4=1",
		"net.ipv4.../kernel.panic=1", "kernel.../kernel.panic=1", "net.ipv4/ip_forward=1", "net/ipv4/ip_forward=1", "net", "kernel.msgmax", "user.max_user_namespaces=1",
	}},
	{flag: "--hostname", script: "hostname; echo $HOSTNAME", values: []string{
		"box", "box.example.org", "-box", "box-", "BOX", "b_x", "b x", "büx", "1", "1.2.3.4", ".", "..", "a.", ".a", "a..b", "a/b", "a\nb",
		"a23456789012345678901234567890123456789012345678901234567890123", "a234567890123456789012345678901234567890123456789012345678901234",
		"a2345678901234567890123456789012345678901234567890123456789012345", "a.2345678901234567890123456789012345678901234567890123456789012345",
	}},
	{flag: "--domainname", script: "cat /proc/sys/kernel/domainname", values: []string{"", "example", "example.org", "-x", "b_x", "b x", ".", "a..b", "(none)",
		"a23456789012345678901234567890123456789012345678901234567890123", "a2345678901234567890123456789012345678901234567890123456789012345",
	}},
	{flag: "--user", script: showIDs + "; echo $HOME", values: []string{
		"", ":", "0", "root", "root:", "root:root", ":root", ":0", ":1", ":mail", "odd", "odd:", "odd:mail", "odd:3010", "odd:oddgroup", "3000", "3000:mail", "nohome", "daemon", "nobody", "1000", "1000:", "1000:1000",
		"1000:mail", "mail:1000", "no-such", "0:no-such", "no-such:0", "1000:no-such", "-1", "+1", "+0", "01", "007", "0x1", "0b1", "1_0", "1.0", " 1", "1 ", " odd", "odd ", "ODD", "Root",
		"2147483647", "2147483648", "4294967294", "4294967295", "4294967296", "99999999999999999999", "0:-1", "0:2147483648", "0:4294967295", "0:4294967296", "0:+1", "0:01", "0:0x1", "0: 1",
		"1:2:3", "odd:mail:x", "::", "4000", "4001", "5000", "odd:5000", "odd:5001", "badline", "3002", "twice", "UPPER", "with space", "a,b", "odd,root", "dash-", "under_score", "x@y", "%", "*", "١",
	}},
	{flag: "--group-add", script: "id -G", values: []string{
		"", "0", "mail", "oddgroup", "3010", "7", "no-such", "-1", "+1", "01", "0x1", " 1", "1 ", "mail ", "MAIL", "2147483647", "2147483648", "4294967294", "4294967295", "4294967296", "99999999999999999999",
		"5000", "5001", "777", "778", "1.0", "1:2", "mail,7", "badgroup", "twice", "keep-groups", "١",
	}},
	{flag: "--group-add", with: "-u odd", script: showIDs, values: []string{"mail", "oddgroup", "3010", "5000", "3001", "0", ""}},
	{flag: "--workdir", script: "pwd; echo $PWD", values: []string{
		"/", "//", "/.", "/..", "/tmp", "/tmp/", "//tmp", "/tmp/.", "/tmp/..", "/tmp/../tmp", "tmp", ".", "..", "./tmp", " /tmp", "/tmp ", "~", "$HOME", "/etc/passwd", "/proc/self", "/dev/null",
	}},
	{flag: "--env", script: showEnv, values: []string{
		"", "=", "=x", "A", "A=", "A=1", "A= 1", " A=1", "A =1", "A B=1", "a=1", "1=1", "A-B=1", "A.B=1", "Ä=1", "A=ä", "A==", "A=b=c", "A=a b", "A=a,b", "A=\"q\"", "A='q'", "A=$B", "A=\nB=2", "A\nB=1", "FROM_CALLER", "FROM_CALLER=",
		"FROM_CALLER=x", "NOT_THERE", "NOT_THERE=", "A=\t", "\tA=1", "A[0]=1", "A/B=1", "%=1", "A=\x01", "A=\x7f",
	}},
	{flag: "--env-file", script: showEnv, values: []string{
		"", "none", ".", "/dev/null", "plain.env", "crlf.env", "bom.env", "export.env", "spaces.env", "quotes.env", "comments.env", "twice.env", "no-name.env", "no-end.env", "name-alone.env", "utf8.env", "bad-utf8.env",
		"tab.env", "space-in-name.env", "equals.env", "empty-value.env", "long-line.env", "nul.env", "empty.env",
	}},
	{flag: "--env", script: "echo \"$HOME|$TERM|$HOSTNAME|$USER|$SHELL\"", values: []string{"HOME=", "HOME=/x", "HOME", "TERM=x", "TERM=", "HOSTNAME=x", "HOSTNAME="}},
	{flag: "--env", with: "-u odd", script: "echo \"$HOME|$TERM\"", values: []string{"HOME=", "HOME=/x", "HOME", "A=1"}},
	{flag: "--env", with: "-t", script: "echo \"$HOME|$TERM\"", values: []string{"TERM=", "TERM=x", "TERM", "A=1"}},
	{flag: "--network", script: "ls /proc/sys/net/ipv4/conf", values: []string{"", " ", "none", "None", "NONE", "none ", "nosuch", "container:x", "container:", "none,host", "name=none", "none:x", "private", "0"}},
	{flag: "--net", script: "ls /proc/sys/net/ipv4/conf", values: []string{"", "none", "nosuch"}},
	{flag: "--pid", script: "test $$ = 1 && echo first", values: []string{"", "host", "private", "Host", " host", "nosuch", "container:", "container:nosuch", "none", "0"}},
	{flag: "--ipc", script: "cat /proc/sys/kernel/msgmax", values: []string{"", "host", "private", "shareable", "none", "Host", "nosuch", "container:", "container:nosuch", "0"}},
	{flag: "--uts", script: "echo", values: []string{"", "host", "private", "Host", "nosuch", "none", "0"}},
	{flag: "--cgroupns", script: "echo", values: []string{"", "host", "private", "Host", "nosuch", "none", "0"}},
	{flag: "--userns", script: "cat /proc/self/uid_map", values: []string{"", "host", "Host", "nosuch", "none", "0", "keep-id", "auto"}},
	{flag: "--cgroup-parent", script: "true", values: []string{"", "CGROUPS/a", "/CGROUPS/a", "CGROUPS/a/", "/CGROUPS/a/b", "/CGROUPS//c/./d", "CGROUPS/..", "/CGROUPS/../../x", ".."}},
	{flag: "--name", values: []string{"", "ab", "a", "/abc", "//ab", "/", "a/b", "_ab", "-ab", ".ab", "a_", "a-", "a.", "Ab", "AB", "a b", "äb", "a:b", "0", "00", "a@b", "ab ", " ab", "a\nb"}},
	{flag: "--cidfile", values: []string{"", "new", "./new", "there", "no/such/dir", ".", "/dev/null", "/", "new "}},
	{flag: "--stop-signal", values: []string{
		"", " ", "0", "1", "9", "15", "64", "66", "-1", "+15", " 15", "15 ", "015", "0xf", "TERM", "SIGTERM", "term", "sigterm", "SigTerm", "SIG", "SIGSIGTERM", "KILL", "SIGSTOP", "RTMIN", "RTMIN+1", "RTMIN+15", "RTMIN+16",
		"RTMAX", "RTMAX-1", "RTMAX-14", "RTMAX-15", "RTMIN+0", "RTMAX-0", "RTMIN-1", "RTMAX+1", "rtmin+3", "SIGRTMIN+3", "POLL", "IO", "PWR", "STKFLT", "UNUSED", "SYS", "EMT", "INFO", "LOST", "CHLD", "NOSUCH", "TERM ", "1.0", "99999999999",
	}},
	{flag: "--stop-timeout", values: []string{"", " ", "0", "5", "+5", "05", "0x5", "-1", "-2", "x", "5 ", "99999999999999999999"}},
	{flag: "--init", script: "test $$ = 1 && echo first", values: booleans()},
	{flag: "--tty", script: "test -t 0 && echo tty; true", values: booleans()},
	{flag: "--interactive", script: "cat; true", values: booleans()},
	{flag: "--sig-proxy", values: booleans()},
	{flag: "--rm", values: booleans()},
	{flag: "-t", script: "test -t 0 && echo tty; true", values: booleans()},
	{flag: "-i", script: "true", values: booleans()},
}

// booleans are the ways in which a truth is written, well or badly.
func booleans() []string {
	return []string{"", " ", "true", "True", "TRUE", "tRUE", "t", "T", "1", "false", "False", "FALSE", "f", "F", "0", "yes", "no", "y", "n", "on", "off", "2", "-1", "true ", " true", "null", "01"}
}
