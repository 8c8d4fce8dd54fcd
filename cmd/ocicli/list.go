//go:build !front

package ocicli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/mydocker/mydocker/utils"
)

func (c *call) list() (int, error) {
	format, err := c.format()
	if err != nil {
		return 0, err
	}
	root, err := c.root()
	if err != nil {
		return 0, err
	}
	containers, err := root.List()
	if err != nil {
		return 0, err
	}
	var all []shown
	for _, container := range containers {
		one, err := show(container)
		if err == nil {
			one.Owner = ownerName(container.Owner)
			all = append(all, one)
		}
		if err = errors.Join(err, container.Close()); err != nil {
			c.log.warn(fmt.Errorf("container %s: %w", container.ID, err))
		}
	}
	text, err := c.listed(all, format)
	if err != nil {
		return 0, err
	}
	return 0, c.print(text)
}

// format is the value of --format.
func (c *call) format() (string, error) {
	switch format := c.text("format"); format {
	case "", "table":
		return "table", nil
	case "json":
		return format, nil
	}
	return "", errors.New("invalid format option")
}

func (c *call) listed(all []shown, format string) ([]byte, error) {
	var text bytes.Buffer
	switch {
	case c.on("quiet"):
		for _, one := range all {
			fmt.Fprintln(&text, one.ID)
		}
	case format == "json":
		if err := json.NewEncoder(&text).Encode(all); err != nil {
			return nil, err
		}
	default:
		rows := [][]string{{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}}
		for _, one := range all {
			rows = append(rows, []string{
				one.ID, strconv.Itoa(one.Pid), string(one.Status), utils.OneLine(one.Bundle), one.Created.Format(time.RFC3339Nano), one.Owner,
			})
		}
		writeColumns(&text, rows, 12, 3)
	}
	return text.Bytes(), nil
}

// ownerName is the name of who has made a container, or #UID.
func ownerName(uid int) string {
	passwd, err := os.ReadFile("/etc/passwd")
	if err == nil {
		if name := utils.UserName(string(passwd), uid); name != "" {
			return name
		}
	}
	return "#" + strconv.Itoa(uid)
}
