package explain

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// makeRootFS explains each operation that makes the root file system.
func makeRootFS(config *wire.Config, _ string) (actions []Action) {
	for n := range config.Operations {
		o := &config.Operations[n]
		a := explainOperation(o)
		if o.Kind != wire.OpPivot && o.Kind != wire.OpHold { // see enterRoot; a shell has only names
			a.Position = Inside
		}
		actions = append(actions, a)
	}
	return actions
}

// The directories of a script in which the root and the tmpfs are made.
const (
	scriptRoot  = `"$root"`
	scriptTmpfs = `"$tmpfs"`
)

// explainOperation explains one of them.
func explainOperation(o *wire.Operation) Action {
	switch o.Kind {
	case wire.OpTmpfs:
		return Action{
			Kernel: call("mount", `"tmpfs"`, `"/proc/sys"`, `"tmpfs"`, mountFlags(o.Mount), strconv.Quote(o.Data)),
			Why:    "It holds what the container gets from mydocker: devices, files of /etc, an empty file and directory. Nobody else sees it.",
			Shell:  "tmpfs=/proc/sys root=/proc/sys/root; mount -t tmpfs -o " + shellOptions(o) + " tmpfs " + scriptTmpfs + " && mkdir " + scriptRoot,
		}
	case wire.OpRoot:
		return explainBoundRoot(o)
	case wire.OpRootMount:
		return Action{
			Kernel: mountCall(o, "/"),
			Why:    "The new file system covers the host's root until it takes its place.",
			Shell:  newMount(o, scriptRoot),
		}
	case wire.OpPivot:
		return Action{
			Kernel: `pivot_root(".", "."); umount2(".", MNT_DETACH)`,
			Why:    "The container's root becomes the process's, and the host's is taken away: after it no path leads there. chroot would leave it mounted.",
			Shell:  "cd " + scriptRoot + " && pivot_root . . && umount -l . && cd /",
			Use:    Piece,
		}
	case wire.OpSealRoot:
		return Action{
			Kernel: call("mount_setattr", "root", "{attr_set=MOUNT_ATTR_RDONLY}"),
			Why:    "Nobody can write to the root any more; what is mounted below it stays as it is.",
			Shell:  "mount -o remount,bind,ro " + scriptRoot,
		}
	}
	return explainBelow(o)
}

// explainBoundRoot explains how a directory becomes the root.
func explainBoundRoot(o *wire.Operation) Action {
	a := Action{
		Kernel: call("move_mount", call("open_tree", strconv.Quote(o.Source), "OPEN_TREE_CLONE|AT_RECURSIVE"), `"/"`),
		Why:    "The directory becomes a mount of its own, over the host's root; pivot_root takes nothing less.",
		Shell:  "mount --rbind " + Quote(o.Source) + " " + scriptRoot,
	}
	if o.Flags&wire.FlagReadOnlyBelow != 0 {
		a.Kernel = call("mount_setattr", "root", "AT_RECURSIVE", "{attr_set=MOUNT_ATTR_RDONLY}") + "; " + a.Kernel +
			"; " + call("mount_setattr", "root", "{attr_clr=MOUNT_ATTR_RDONLY}")
		a.Why += " What is mounted in it is read-only from here on, and it itself when its mount points are made."
		a.Shell += " && findmnt -lno TARGET -R " + scriptRoot + ` | while read -r below; do test "$below" = ` + scriptRoot + ` || mount -o remount,bind,ro "$below"; done`
	}
	return a
}

// enterRoot has perl do in one process what is left when the shell's programs are no
// longer there: the container's root may have none of them.
func enterRoot(config *wire.Config) []Action {
	if len(config.Operations) == 0 {
		return nil
	}
	dir := config.Process.Dir
	if dir == "" {
		dir = "/"
	}
	uid, gids := "", ""
	if user := config.Process.User; user != "" {
		ids, groups := userOf(config)
		uid, gids = strconv.FormatUint(ids[0], 10), strings.Join(append([]string{strconv.FormatUint(ids[1], 10)}, groups...), " ")
	}
	program := `my ($root, $dir, $uid, @gids) = (shift, shift, shift, split / /, shift); my $dot = "."; chdir $root or die "$root: $!";
    syscall(` + number(unix.SYS_PIVOT_ROOT) + `, $dot, $dot) == 0 or die "pivot_root: $!";
    syscall(` + number(unix.SYS_UMOUNT2) + `, $dot, ` + number(unix.MNT_DETACH) + `) == 0 or die "umount2: $!"; chdir $dir or die "$dir: $!";
` + restrictInPerl(&config.Security) + `    if ($uid ne "") { $) = "@gids"; $( = $gids[0]; ($<, $>) = ($uid, $uid); syscall(` + number(unix.SYS_PRCTL) + `, ` + number(unix.PR_SET_PDEATHSIG) + `, 9); }
    exec {$ARGV[0]} @ARGV; exit($!{ENOENT} ? 127 : 126);`
	return []Action{{
		Why:      "It makes the new root that of the process, unmounts the host's, and goes on there, where none of the host's programs is.",
		Shell:    "perl -e " + Quote(program) + " " + scriptRoot + " " + QuoteAll([]string{dir, uid, gids}),
		Position: Last, Live: true,
	}}
}

func number(n int) string { return strconv.Itoa(n) }

// restrictInPerl takes the capabilities from the process, and what an execve would give.
func restrictInPerl(s *wire.Security) (lines string) {
	if c := s.Capabilities; c != nil {
		var dropped []string
		for capability := range 64 {
			if c.Drop>>capability&1 != 0 {
				dropped = append(dropped, number(capability))
			}
		}
		lines += "    for (" + strings.Join(dropped, ", ") + ") { syscall(" + number(unix.SYS_PRCTL) + ", " + number(unix.PR_CAPBSET_DROP) + ", $_) == 0 or $!{EINVAL} or die \"capability $_: $!\"; }\n"
	}
	if s.NoNewPrivileges {
		lines += "    syscall(" + number(unix.SYS_PRCTL) + ", " + number(unix.PR_SET_NO_NEW_PRIVS) + ", 1, 0, 0, 0) == 0 or die \"no_new_privs: $!\";\n"
	}
	return lines
}

// explainBelow explains the operations below the root.
func explainBelow(o *wire.Operation) Action {
	path := inScript(o)
	switch o.Kind {
	case wire.OpMount:
		return Action{
			Kernel: mountCall(o, o.Path),
			Why:    whyMount(o),
			Shell:  newMountAt(o, path),
		}
	case wire.OpBind:
		return explainBind(o, path)
	case wire.OpHold:
		return Action{
			Kernel: call("openat2", "root", strconv.Quote(o.Path), "{flags=O_PATH, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_SYMLINKS}"),
			Why:    "It is held open, so that nobody can put another directory in its place before its parts are covered.",
		}
	case wire.OpConsole:
		return Action{
			Kernel: call("openat", strconv.Quote(o.Source), `"ptmx"`, "O_RDWR|O_NOCTTY|O_NOFOLLOW") + `; openat("0", ...); dup3(...); sendmsg(SCM_RIGHTS)`,
			Why:    "The command's terminal is the first one of the container's own devpts; mydocker gets its other side. One of the host's would have no name inside.",
			Lacks:  "the terminal of a script is one of the host's devpts, for script(1) opens it",
		}
	case wire.OpReadOnly:
		return Action{
			Kernel: bindCall(o.Path, o),
			Why:    "What is written there changes the whole host.",
			Shell:  "test ! -e " + path + " || { mount --bind " + path + " " + path + remount(o, path) + "; }",
		}
	case wire.OpMask:
		return Action{
			Kernel: bindCall("tmpfs:"+wire.EmptyFile, o),
			Why:    "It is covered with nothing: it tells of the host, or of its owner's secrets.",
			Shell: "if test -d " + path + "; then mount --bind " + scriptTmpfs + wire.EmptyDirectory + " " + path + remount(o, path) +
				"; elif test -e " + path + "; then mount --bind " + scriptTmpfs + wire.EmptyFile + " " + path + remount(o, path) + "; fi",
		}
	}
	return explainFile(o, path)
}

func explainBind(o *wire.Operation, path string) Action {
	source, why := Quote(o.Source), "The host's "+o.Source+" is seen in the container."
	if o.Source == "/proc" {
		why = "The /proc that init has by now comes along into the new root."
	}
	if o.Flags&wire.FlagEarly != 0 { // of the volumes, a script has refused these
		return Action{
			Kernel: bindCall(o.Source, o),
			Why:    "The host's /proc comes along with what is mounted in it, as it was before init has mounted anything: in a user namespace no mount is taken away.",
			Lacks:  "the host's /proc in a user namespace, with what is mounted in it, is not shown",
		}
	}
	if o.Flags&wire.FlagFromTmpfs != 0 {
		source, why = scriptTmpfs+Quote(o.Source), "It was made whole first, and is shown now."
	}
	bind := "mount --bind "
	if o.Flags&wire.FlagRecursive != 0 {
		bind = "mount --rbind "
	}
	shell := bind + source + " " + path + remount(o, path) + remountBelow(o, path)
	if o.Flags&wire.FlagMake != 0 {
		shell = "if test -d " + source + "; then mkdir -p " + path + "; else mkdir -p \"$(dirname " + path + ")\" && test -e " + path + " || : >" + path + "; fi && " + shell
	} else if o.Flags&wire.FlagIfThere != 0 {
		shell = "test ! -e " + path + " || { " + shell + "; }"
	}
	if o.Flags&wire.FlagIfThere != 0 {
		shell = "test ! -e " + source + " || { " + shell + "; }"
	}
	return Action{Kernel: bindCall(o.Source, o), Why: why, Shell: shell}
}

// explainFile explains the operations that make files.
func explainFile(o *wire.Operation, path string) Action {
	mode := "0" + strconv.FormatUint(uint64(o.Mode&0o7777), 8)
	switch o.Kind {
	case wire.OpDirectory:
		return Action{Kernel: call("mkdirat", "...", strconv.Quote(o.Path), mode), Why: "A directory to mount something at.", Shell: "mkdir -p -m " + mode + " " + path}
	case wire.OpNode:
		return explainNode(o, path, mode)
	case wire.OpSymlink:
		return Action{
			Kernel: call("symlinkat", strconv.Quote(o.Source), "...", strconv.Quote(o.Path)),
			Why:    "Programs expect this name.", Shell: "ln -s " + Quote(o.Source) + " " + path,
		}
	case wire.OpFile:
		return Action{
			Kernel: call("openat", "...", strconv.Quote(o.Path), "O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW", mode),
			Why:    "A file of the container's own.", Shell: "printf %s " + Quote(o.Data) + " >" + path,
		}
	}
	return Action{Kernel: o.Kind + " " + strconv.Quote(o.Path), Why: "A part of the container's root.", Shell: ":"}
}

func explainNode(o *wire.Operation, path, mode string) Action {
	major, minor := unix.Major(o.Device), unix.Minor(o.Device)
	kind, letter := "S_IFCHR", "c"
	if o.Mode&unix.S_IFMT == unix.S_IFBLK {
		kind, letter = "S_IFBLK", "b"
	}
	a := Action{
		Kernel: call("mknodat", "...", strconv.Quote(o.Path), kind+"|"+mode, fmt.Sprintf("makedev(%d, %d)", major, minor)),
		Why:    "One of the devices that every program expects; the host's others are not there.",
		Shell:  fmt.Sprintf("mknod -m %s %s %s %d %d", mode, path, letter, major, minor),
	}
	if owners := strings.Fields(o.Data); len(owners) == 2 {
		a.Why = "A device of the host's that was asked for, with the owner that it has there."
		a.Shell += fmt.Sprintf(" && chown $((0x%s)):$((0x%s)) %s", owners[0], owners[1], path)
	}
	return a
}

// inScript is the operation's path as a script has it.
func inScript(o *wire.Operation) string {
	base := scriptRoot
	if o.Flags&wire.FlagInTmpfs != 0 {
		base = scriptTmpfs
	}
	return base + Quote(o.Path)
}

// remount sets the flags of a bind mount.
// newMountAt mounts a new file system at a path that is made if it is missing. One that
// keeps the permissions of what it covers gets them afterwards.
func newMountAt(o *wire.Operation, path string) string {
	shell := "mkdir -p " + path + " && " + newMount(o, path)
	if o.Flags&wire.FlagKeepMode == 0 {
		return shell
	}
	return "mode=$(stat -c %a " + path + " 2>/dev/null || echo 1777); " + shell + " && chmod \"$mode\" " + path
}

// remountBelow makes what is mounted below a path read-only, too.
func remountBelow(o *wire.Operation, path string) string {
	if o.Flags&wire.FlagReadOnlyBelow == 0 || o.Flags&wire.FlagVolume == 0 {
		return ""
	}
	return " && findmnt -lno TARGET -R " + path + " | while read -r below; do mount -o remount,bind,ro \"$below\"; done"
}

func remount(o *wire.Operation, path string) string {
	if o.Mount == 0 {
		return ""
	}
	flags := *o
	flags.Data = ""
	return " && mount -o remount,bind," + shellOptions(&flags) + " " + path
}

func newMount(o *wire.Operation, path string) string {
	shell := "mount -t " + Quote(o.Type)
	if options := shellOptions(o); options != "" {
		shell += " -o " + options
	}
	if o.Flags&wire.FlagInDirectory != 0 {
		return "(cd " + Quote(o.Source) + " && " + shell + " " + Quote(o.Type) + " " + path + ")"
	}
	return shell + " " + Quote(o.Source) + " " + path
}

// mountCall is how a new file system is mounted. One whose options name files from a
// directory is so from there.
func mountCall(o *wire.Operation, path string) string {
	source, before := o.Source, ""
	if o.Flags&wire.FlagInDirectory != 0 {
		source, before = o.Type, call("chdir", strconv.Quote(o.Source))+"; "
	}
	return before + call("mount", strconv.Quote(source), strconv.Quote(path), strconv.Quote(o.Type), mountFlags(o.Mount), strconv.Quote(o.Data))
}

func whyMount(o *wire.Operation) string {
	if o.Flags&wire.FlagInDirectory != 0 {
		return "A volume of the image is written to apart from the rest; of this mount it alone will be shown."
	}
	return "The container has its own " + o.Type + ": that of the host shows and changes what is the host's."
}

// flagNames are flags of mount(2) and their names in mount(8).
func flagNames() []struct {
	flag         uint64
	kernel, word string
} {
	return []struct {
		flag         uint64
		kernel, word string
	}{
		{unix.MS_RDONLY, "MS_RDONLY", "ro"}, {unix.MS_NOSUID, "MS_NOSUID", "nosuid"}, {unix.MS_NODEV, "MS_NODEV", "nodev"},
		{unix.MS_NOEXEC, "MS_NOEXEC", "noexec"}, {unix.MS_STRICTATIME, "MS_STRICTATIME", "strictatime"},
		{unix.MS_SHARED, "MS_SHARED", "shared"}, {unix.MS_SLAVE, "MS_SLAVE", "slave"}, {unix.MS_PRIVATE, "MS_PRIVATE", "private"},
	}
}

func mountFlags(flags uint64) string {
	var names []string
	for _, f := range flagNames() {
		if flags&f.flag != 0 {
			names = append(names, f.kernel)
		}
	}
	if len(names) == 0 {
		return "0"
	}
	return strings.Join(names, "|")
}

// shellOptions are the flags and the data of a mount for mount(8).
func shellOptions(o *wire.Operation) string {
	var words []string
	for _, f := range flagNames() {
		if o.Mount&f.flag != 0 {
			words = append(words, f.word)
		}
	}
	if o.Data != "" {
		words = append(words, o.Data)
	}
	if len(words) == 0 {
		return ""
	}
	return Quote(strings.Join(words, ","))
}

// bindCall writes the three calls of a bind mount as one.
func bindCall(source string, o *wire.Operation) string {
	clone := "OPEN_TREE_CLONE"
	if o.Flags&wire.FlagRecursive != 0 {
		clone += "|AT_RECURSIVE"
	}
	return call("move_mount", call("open_tree", strconv.Quote(source), clone), strconv.Quote(o.Path), mountFlags(o.Mount))
}
