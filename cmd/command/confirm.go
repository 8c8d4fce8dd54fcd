package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
)

// Confirm asks whether to go on, unless --force says so.
func Confirm(c *cli.Command, question string) error {
	if c.Bool("force") {
		return nil
	}
	if _, err := fmt.Fprint(c.Root().Writer, question+"\nAre you sure you want to continue? [y/N] "); err != nil {
		return err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if err != nil { // nobody has ended the line of the question
		if _, err := fmt.Fprintln(c.Root().Writer); err != nil {
			return err
		}
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was removed; --force goes on without asking")
}
