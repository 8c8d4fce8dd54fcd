package container

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

func (r *run) explainUser() []explain.Action {
	dir := r.config.Root.Dir
	if dir == "" && r.stack == nil && r.config.World.User == "" && len(r.config.World.Groups) == 0 {
		return nil
	}
	file, why := users.PasswdFile, "The kernel knows numbers only; names of users and groups are looked up before, with the groups that a user comes with."
	if r.stack != nil {
		return []explain.Action{{
			Kernel: fmt.Sprintf("openat(LAYER, %q, O_PATH|O_NOFOLLOW)", file),
			Why:    why + " They are the image's: they are looked up in its layers as overlayfs shows them, no link leads out of it, and nothing is opened but a regular file.",
		}}
	}
	if dir != "" {
		file = filepath.Join(dir, file)
		why += " They are the container's: no link there is followed out of its root, and nothing is opened but a regular file."
	}
	return []explain.Action{{
		Kernel: fmt.Sprintf("read(%q, ...)", file),
		Why:    why,
		Shell:  "cat " + explain.Quote(file),
		Use:    explain.AsIs,
	}}
}

func (r *run) explainUsers() []explain.Action {
	namespace := r.userNamespace
	if namespace == nil {
		return nil
	}
	pid := "PID"
	if r.process != nil {
		pid = strconv.Itoa(r.process.Pid())
	}
	var actions []explain.Action
	if namespace.KeepsGroups() {
		deny := explain.Write("/proc/"+pid+"/setgroups", "deny", "Without it an ordinary user could leave a group that a file is barred to.")
		deny.Use = explain.Piece
		actions = append(actions, deny)
	}
	for _, file := range namespace.Files() {
		content := strings.Join(spec.Lines(file.Maps), "\n")
		a := explain.Write("/proc/"+pid+"/"+file.Name, content, whyMap)
		if namespace.NeedsHelpers() {
			a.Shell = file.Helper + " " + pid + " " + strings.ReplaceAll(content, "\n", " ")
			a.Kernel = fmt.Sprintf("execve(%q, ...)", programPath(file.Helper))
		}
		a.Use = explain.Piece // the process has ended when it is typed
		actions = append(actions, a)
	}
	return append(actions, explain.Action{Why: whyMap + " A process outside of the new namespace has to write that.", Shell: mapScript(namespace), Position: explain.Enter, Live: true})
}

// programPath is where the PATH has a program.
func programPath(name string) string {
	if found, err := exec.LookPath(name); err == nil {
		return found
	}
	return name
}

const whyMap = "Root and the other ids of the container stand for these ids of the host; nobody else exists inside."

// mapScript is what writes the maps in a script.
func mapScript(u *users.UserNamespace) string {
	commands := []string{`until [ "$(readlink "/proc/$me/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.1; done`}
	if u.KeepsGroups() {
		commands = append(commands, `echo deny >"/proc/$me/setgroups"`)
	}
	for _, file := range u.Files() {
		content := strings.Join(spec.Lines(file.Maps), "\n")
		if u.NeedsHelpers() {
			commands = append(commands, file.Helper+` "$me" `+strings.ReplaceAll(content, "\n", " "))
		} else {
			commands = append(commands, "echo "+explain.Quote(content)+` >"/proc/$me/`+file.Name+`"`)
		}
	}
	return `me=$(exec sh -c 'echo "$PPID"')` + "\n(" + strings.Join(commands, "; ") + ") &"
}
