package ocicli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/utils"
)

func (c *call) ps() (int, error) {
	return c.with(func(container *lifecycle.Container) error {
		pids, err := container.Processes()
		if err != nil && !errors.Is(err, lifecycle.ErrNotRunning) {
			return err
		}
		switch c.text("format") {
		case "", "table":
			table, err := processTable(pids, c.words[1:])
			if err != nil {
				return err
			}
			return c.print(table)
		case "json":
			text, err := json.Marshal(pids)
			if err != nil {
				return err
			}
			return c.print(append(text, '\n'))
		}
		return errors.New("invalid format option")
	})
}

// processTable is what ps(1) tells of processes: of its output, the lines that have one of the pids.
func processTable(pids []int, options []string) ([]byte, error) {
	if len(options) == 0 {
		options = []string{"-ef"}
	}
	output, err := exec.Command("ps", options...).CombinedOutput()
	if err != nil {
		reason, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
		return nil, fmt.Errorf("ps: %w: %s", err, utils.Shortened(reason))
	}
	title, lines, _ := strings.Cut(string(output), "\n")
	column := slices.Index(strings.Fields(title), "PID")
	if column < 0 {
		return nil, errors.New("couldn't find PID field in ps output")
	}
	table := bytes.NewBufferString(title + "\n")
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if column >= len(fields) {
			continue
		}
		if pid, err := strconv.Atoi(fields[column]); err == nil && slices.Contains(pids, pid) {
			table.WriteString(line)
		}
	}
	return table.Bytes(), nil
}
