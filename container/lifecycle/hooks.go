package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// The kinds of hooks, in the order of a container's life (runtime.md of the specification,
// "Lifecycle").
const (
	hookPrestart        = "prestart"
	hookCreateRuntime   = "createRuntime"
	hookCreateContainer = "createContainer"
	hookStartContainer  = "startContainer"
	hookPoststart       = "poststart"
	hookPoststop        = "poststop"
)

// hooksOf reads the hooks of a config.json. A record cannot keep them as specs.Hooks: "env": []
// is an empty environment, and none at all the caller's, but both are written alike.
func hooksOf(config json.RawMessage) (*specs.Hooks, error) {
	var c struct {
		Hooks *specs.Hooks `json:"hooks"`
	}
	err := json.Unmarshal(config, &c)
	if c.Hooks == nil {
		c.Hooks = &specs.Hooks{}
	}
	return c.Hooks, err
}

// runHooks runs hooks of one kind in their order, each with the state on its stdin. The first
// that fails ends that, but with poststop hooks: the others are run.
func runHooks(list []specs.Hook, kind string, state *specs.State, start hookStarter) error {
	if len(list) == 0 {
		return nil
	}
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("the state for %s hooks: %w", kind, err)
	}
	var failed []error
	for n := range list {
		err := runHook(&list[n], text, start)
		if err == nil {
			continue
		}
		// Scripts match what runc says: the first half that of 1.1, the second of 1.2.
		err = fmt.Errorf("error running hook #%d: error running %s hook #%d: %s: %w", n, kind, n, list[n].Path, err)
		if kind != hookPoststop {
			return err
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// hookArgs are a hook's arguments, the first of which is its name.
func hookArgs(hook *specs.Hook) []string {
	if len(hook.Args) == 0 {
		return []string{hook.Path}
	}
	return hook.Args
}

// hookEnv is a hook's environment. One that names none gets that of who starts it, as with
// runc and crun: the caller's outside of the container, the container's inside.
func hookEnv(hook *specs.Hook, inherited []string) []string {
	if hook.Env == nil {
		return inherited
	}
	return hook.Env
}

// innermostPid is the pid of a process as its own PID namespace has it: what hooks in the
// container are told (runtime.md, "State").
func innermostPid(pid int) (int, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/status"
	status, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if list, ok := strings.CutPrefix(line, "NSpid:"); ok {
			pids := strings.Fields(list)
			if len(pids) > 0 {
				return strconv.Atoi(pids[len(pids)-1])
			}
		}
	}
	return pid, nil // a kernel without PID namespaces
}
