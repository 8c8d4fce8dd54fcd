#!/bin/sh
# The first process of the guest that scripts/vm.sh boots: mounts the cgroup
# layout that the kernel's command line asks for, runs the tests, and tells the
# host on the second serial port how they ended. Where the kernel panics or
# hangs, nothing is told, which the host takes for a failure.
#
#   mydocker.layout=v2      one of those of mount_layout below, or systemd...: then PID 1
#                           becomes systemd, which runs this script once more, as a service
#   mydocker.part=2         the lesser part of the tests; 1 is all the rest
#   mydocker.run=REGEXP     only these tests, and none else
#   mydocker.package=cmd    of this package
set -u
export PATH=/usr/sbin:/usr/bin HOME=/root TERM=dumb

# The archive in memory is the kernel's first root, which is mounted nowhere: pivot_root
# refuses it with EINVAL. Bound over itself it is an ordinary mount. The mount of
# util-linux fails to move one without /proc.
if [ "${1-}" = "" ]; then
    busybox mount --bind / /mnt && cd /mnt && busybox mount --move . / && exec chroot . /init bound
fi

mount_kernel() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs dev /dev
    mkdir -p /dev/pts /dev/shm
    mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
    mount -t tmpfs shm /dev/shm
    mkdir -p /run
    mount -t tmpfs -o mode=755 run /run # every system has it: exec looks there for containers
    ip link set lo up
    for module in /loop.ko /overlay.ko; do
        perl -e 'my $none = ""; open my $module, "<", $ARGV[0]; syscall 313, fileno $module, $none, 0' "$module" # finit_module
    done
    echo 4194304 >/proc/sys/kernel/pid_max # as systemd does; ps shows it
}

# parameter NAME prints a parameter of the kernel's command line.
parameter() { tr ' ' '\n' </proc/cmdline | sed -n "s/^mydocker\.$1=//p"; }

# mount_disk puts /var and /tmp on a file system of disks: on a tmpfs, which is memory,
# mydocker keeps no changes of an overlay.
mount_disk() {
    truncate -s 512M /disk &&
        mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1,nodiscard /disk &&
        mount -o loop,noatime /disk /var &&
        mkdir -m 1777 /var/tmp && mkdir /var/lib && mount --bind /var/tmp /tmp
}

# mount_v1 CONTROLLERS... mounts each at a place of its own; "cpu,cpuacct" is
# one hierarchy of two.
mount_v1() {
    for controllers in "$@"; do
        mkdir "/sys/fs/cgroup/$controllers" &&
            mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers" || return
    done
}

# v1_controllers lists what this kernel has but for those named.
v1_controllers() {
    awk -v but=" $* " '!/^#/ && $4 && index(but, " " $1 " ") == 0 { print $1 }' /proc/cgroups
}

mount_unified() { mkdir /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified; }

# become_systemd executes it as PID 1, with as good as no units: no other service is of use here.
become_systemd() {
    mkdir -p /etc/systemd/system /home/user
    for target in default sysinit basic shutdown umount final exit; do
        printf '[Unit]\nDefaultDependencies=no\n' >"/etc/systemd/system/$target.target"
    done
    echo 'Wants=tests.service dbus.socket' >>/etc/systemd/system/default.target
    cat >/etc/systemd/system/tests.service <<'END'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh /init service
StandardOutput=file:/dev/ttyS0
StandardError=file:/dev/ttyS0
Delegate=yes
END
    cat >/etc/systemd/system/dbus.socket <<'END'
[Unit]
DefaultDependencies=no
[Socket]
ListenStream=/run/dbus/system_bus_socket
END
    cat >/etc/systemd/system/dbus.service <<'END'
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile
END
    chown 1000:1000 /home/user
    exec /lib/systemd/systemd --unit=default.target --log-target=console
}

mount_layout() {
    if [ "$1" = v2 ]; then
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        return
    fi
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup || return
    # shellcheck disable=SC2046 # lists
    case $1 in
    v1) mount_v1 $(v1_controllers) ;;
    v1-comounted)
        mount_v1 cpu,cpuacct $(v1_controllers cpu cpuacct) &&
            ln -s cpu,cpuacct /sys/fs/cgroup/cpu && ln -s cpu,cpuacct /sys/fs/cgroup/cpuacct
        ;;
    hybrid) mount_v1 $(v1_controllers) && mount_unified ;;
    mixed) mount_v1 memory && mount_unified ;;
    *) false ;;
    esac
}

# make_neighbours makes a cgroup beside ours in each hierarchy, as every machine has
# them. Where the first of all comes, and the last goes, the kernel rewrites its own
# code in a hundred places, to check for cgroups or not to: an emulator has to
# translate that anew, at a tenth of the cost of a container.
make_neighbours() {
    awk '/ - cgroup2? / { print $5 "/neighbour" }' /proc/self/mountinfo | xargs mkdir
}

# told filters the output of a test binary that runs with -test.v: it shows how
# each test ended, and of those that failed also what they said. Of tests that may
# run at the same time Go tells that at the end of all; until then their first
# words, which a script has at its end, are a sign of life. The names of those that
# were skipped or failed go to /skipped and /failed, and what the latter said, or a
# panic, to /failures.
told() {
    awk -W interactive '
        /^=== NAME/ && !seen[$3]++ { print "        ... " $3 }
        /^=== / { name = $3; next }
        /^ *--- / {
            test = $3
            print
            if ($2 == "FAIL:") { print test >>"/failed"; print $0 "\n" said[test] >>"/failures" }
            if ($2 == "SKIP:") print test >>"/skipped"
            if ($2 != "PASS:") printf "%s", said[test]
            name = ""
            next
        }
        /^    / && name { said[name] = said[name] $0 "\n"; next }
        /^panic: / { panicked = 1 }
        panicked { print >>"/failures" }
        { print }'
}

# run_tests PACKAGE [FLAG...] runs a test binary in the directory of its package.
run_tests() {
    package=$1
    shift
    echo "== $package"
    # One after the other, in one thread: one CPU of the host emulates both of the
    # guest's, and what computes side by side only takes turns, and spins.
    { (cd "/suite/$package" && ./test -test.v -test.short -test.timeout 19m -test.parallel 1 -test.cpu 1 "$@" 2>&1) || echo "$package" >>/failed; } | told
}

run_shows() {
    cd /suite || return
    for show in scripts/test-*.sh; do
        [ "$show" != scripts/test-soak.sh ] || continue # native it takes a second
        echo "== $show"
        if ! sh "$show" >/shown 2>&1; then
            echo "$show" >>/failed
            { echo "$show:" && cat /shown; } >>/failures
        fi
        cat /shown
    done
}

run_units() {
    for package in cgroups cgroups/group cgroups/subsystems container container/child container/child/bare container/initproc container/signals container/stdio container/users; do
        run_tests "$package"
    done
}

# What no guest can change is left to the machine that it runs on. There TestOCIFaults goes
# through the steps of the OCI runtime with a v2 cgroup, too, and takes an emulated CPU 82 s; what
# is different where the controllers are on v2, the tests of cgroups/group and oci_verbs show.
NATIVE='^TestNative|^TestOCIDifferential|^TestOCIFaults'
# The scripts of the second part, and those that wait rather than compute: they run
# beside the other tests.
SECOND_PART='^TestScripts$/^[a-n]'
WAITING='^TestScripts$/^(cpu_time|interrupted|signal_taken_back|timeout)$'

# elsewhere prints what this layout's guests leave out, for others show it: v2's all, and the machine
# itself, which has v1 with v2 beside it.
elsewhere() {
    # These have nothing to do with cgroups. They need the kernel, which is the same in all guests:
    # volumes, images, a host that is copied on write, terminals, users, and what a root has inside.
    kernel='attack_image_.*|attack_(links|program|set_user_id|users|volumes)|capabilities|dry_run_rootfs'
    kernel="$kernel|image_run|oci_attack_races|overlay.*|rootfs(_.*)?|seccomp|sig_proxy|streams"
    kernel="$kernel|terminal_pipes|user|user_shifted|volumes.*"
    # These are the same where a controller is on v1, whatever is beside it. Containers that stay meet
    # the layout with the engine of every other run.
    layout_v1='attack_(calls|escape|exec|host_view|kernel|life)|detached|idle|life_clock|life_update'
    layout_v1="$layout_v1|oci_devices|oci_exec|oci_rootless"
    case $layout in
    v2) echo "$NATIVE" ;;
    v1) echo "$NATIVE|^TestScripts\$/^($kernel|life_clock|life_update)\$" ;;
    hybrid) echo "$NATIVE|^TestScripts\$/^($kernel|$layout_v1)\$" ;;
    *) echo "$NATIVE|^TestScripts\$/^($kernel|$layout_v1|exec)\$|^TestHowAContainerWorks\$" ;;
    esac
}

run_all() {
    only=$(parameter run)
    case $layout in systemd*)
        run_tests cgroups/systemd
        run_tests cmd -test.run "${only:-^TestNativeSystemd$}"
        return
        ;;
    esac
    if [ -n "$only" ]; then
        run_tests "$(parameter package)" -test.run "$only"
    elif [ "$(parameter part)" = 2 ]; then
        run_tests cmd -test.run "$SECOND_PART" -test.skip "$WAITING|$(elsewhere)"
    else
        run_tests cmd -test.run "$WAITING" >/beside 2>&1 &
        run_tests cmd -test.skip "$SECOND_PART|$WAITING|$(elsewhere)"
        wait
        cat /beside
        # What these say of the other layouts the tests above say, too.
        case $layout in v2 | v1)
            run_units
            run_shows
            ;;
        esac
    fi
}

[ "${1-}" = service ] || mount_kernel
layout=$(parameter layout)
case $layout.${1-} in systemd*.bound)
    mount_disk && become_systemd
    ;;
esac
commit=$(cat /suite/commit)
export MYDOCKER_BINARY=/suite/mydocker ATTACK_BINARY=/suite/attack MYDOCKER_FAULTY=/suite/mydocker-faulty MYDOCKER_COMMIT="$commit" MYDOCKER_OWN_CLOCK=1
: >/skipped
: >/failed
: >/failures
echo "guest: $(uname -r), $(nproc) CPUs, cgroup layout $layout, up for $(cut -d ' ' -f 1 /proc/uptime) s"
if [ "${1-}" = service ] || { mount_disk && mount_layout "$layout" && make_neighbours; }; then
    run_all
else
    echo "mounting the disk or the cgroup layout $layout" >>/failed
fi
echo "guest: done, up for $(cut -d ' ' -f 1 /proc/uptime) s"
{
    sed 's/^/skipped /' /skipped
    tail -n 60 /failures | sed 's/^/said /'
    echo "failed $(tr '\n' ' ' </failed)"
} >/dev/ttyS1
sleep 0.2
echo b >/proc/sysrq-trigger # a reboot ends the emulator at once
sleep 60
