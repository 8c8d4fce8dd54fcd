package images

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image/registry"
)

func loginCommand() *cli.Command {
	return &cli.Command{
		Name: "login", Usage: "keep a user's password for a registry", Category: category,
		UsageText: "mydocker login [options] [REGISTRY]",
		Description: "Without a registry it is Docker Hub. The registry is asked whether it takes the password, which is then kept where " +
			"Docker keeps it: by the program that config.json in ~/.docker (DOCKER_CONFIG) names, or in that file.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "username", Aliases: []string{"u"}, Usage: "the `USER`"},
			&cli.StringFlag{Name: "password", Aliases: []string{"p"}, Usage: "the `PASSWORD`, which every user of the machine can read as long as the command runs"},
			&cli.BoolFlag{Name: "password-stdin", Usage: "read the password from stdin"},
		},
		Metadata: command.Takes(1, nil),
		Action:   loginAction,
	}
}

func logoutCommand() *cli.Command {
	return &cli.Command{
		Name: "logout", Usage: "forget a user's password for a registry", Category: category,
		UsageText: "mydocker logout [REGISTRY]",
		Metadata:  command.Takes(1, nil),
		Action:    logoutAction,
	}
}

// login is who logs in where.
type login struct {
	client         *registry.Client
	host           string
	user, password string
	in             *os.File
	out, errors    io.Writer
}

func loginAction(ctx context.Context, c *cli.Command) error {
	l, err := newLogin(c)
	if err != nil {
		return err
	}
	defer l.client.Close()
	switch {
	case c.Bool("password-stdin"):
		err = l.until(ctx, func() error { return l.readPassword(c) })
	case c.IsSet("password"):
		l.password = c.String("password")
		_, err = fmt.Fprintln(l.errors, "WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
	}
	if err != nil {
		return err
	}
	if l.user == "" && l.password == "" {
		if done, err := l.again(ctx); done || err != nil {
			return err
		}
	}
	if err := l.until(ctx, l.ask); err != nil {
		return err
	}
	plain, err := l.client.Login(ctx, l.host, l.user, l.password)
	if err != nil {
		return exit.Failed(err)
	}
	if plain {
		if _, err := fmt.Fprintln(l.errors, "\nWARNING! Your credentials are stored unencrypted in '"+callersCredentials(os.Getenv).File+"'.\n"+
			"Configure a credential helper (credsStore) to remove this warning."); err != nil {
			return err
		}
	}
	return l.print("Login Succeeded\n")
}

func newLogin(c *cli.Command) (*login, error) {
	if c.NArg() > 1 {
		return nil, command.TooMany(c, 1)
	}
	if c.IsSet("password") && c.Bool("password-stdin") {
		return nil, exit.Usage("login: --password and --password-stdin are one too many")
	}
	host, err := registry.ParseHost(c.Args().First())
	if err != nil {
		return nil, exit.Usage(c.Name + ": " + err.Error())
	}
	client, _, err := newClient()
	if err != nil {
		return nil, err
	}
	return &login{client: client, host: host, user: c.String("username"), in: os.Stdin, out: c.Root().Writer, errors: c.Root().ErrWriter}, nil
}

func (l *login) print(text string) error {
	_, err := io.WriteString(l.out, text)
	return err
}

// until reads from stdin until ctx ends. Then a terminal gets the mode back that it had.
func (l *login) until(ctx context.Context, read func() error) error {
	fd := int(l.in.Fd())
	mode, noTerminal := term.GetState(fd)
	done := make(chan error, 1)
	go func() { done <- read() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		if noTerminal != nil {
			return context.Cause(ctx)
		}
		return errors.Join(context.Cause(ctx), term.Restore(fd, mode))
	}
}

// maxPassword is how long a password on stdin may be.
const maxPassword = 1 << 20

// readPassword reads the password from stdin. The end of the line is no part of it.
func (l *login) readPassword(c *cli.Command) error {
	if l.user == "" {
		return exit.Usage(c.Name + ": --password-stdin needs --username")
	}
	content, err := io.ReadAll(io.LimitReader(l.in, maxPassword+1))
	if err != nil {
		return fmt.Errorf("read the password from stdin: %w", err)
	}
	if len(content) > maxPassword {
		return fmt.Errorf("the password on stdin is longer than %d bytes", maxPassword)
	}
	l.password = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	return nil
}

// again tries with what is kept already, as Docker does where nobody is named.
func (l *login) again(ctx context.Context) (done bool, err error) {
	user, err := l.client.User(ctx, l.host)
	if err != nil || user == "" {
		return false, err
	}
	if err := l.print("Authenticating with existing credentials... [Username: " + user + "]\n"); err != nil {
		return false, err
	}
	if err := l.client.Check(ctx, l.host); err != nil {
		_, err = fmt.Fprintf(l.errors, "Login did not succeed, error: %v\n", err)
		return false, err
	}
	return true, l.print("Login Succeeded\n")
}

// ask asks on the terminal for what is not known yet.
func (l *login) ask() error {
	if l.user != "" && l.password != "" {
		return nil
	}
	if !term.IsTerminal(int(l.in.Fd())) {
		return exit.Failed(errors.New("cannot perform an interactive login from a non TTY device: --username and --password-stdin say who it is"))
	}
	if l.user == "" {
		if err := l.print("Username: "); err != nil {
			return err
		}
		line, err := bufio.NewReader(l.in).ReadString('\n')
		if l.user = strings.TrimSpace(line); l.user == "" {
			return exit.Failed(errors.Join(errors.New("username is required"), ignoreEnd(err)))
		}
	}
	if l.password != "" {
		return nil
	}
	if err := l.print("Password: "); err != nil {
		return err
	}
	password, err := term.ReadPassword(int(l.in.Fd()))
	if err := errors.Join(ignoreEnd(err), l.print("\n")); err != nil {
		return err
	}
	if l.password = string(password); l.password == "" {
		return exit.Failed(errors.New("password is required"))
	}
	return nil
}

// ignoreEnd is an error that is not the end of what was typed.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func logoutAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 1 {
		return command.TooMany(c, 1)
	}
	host, err := registry.ParseHost(c.Args().First())
	if err != nil {
		return exit.Usage(c.Name + ": " + err.Error())
	}
	client, _, err := newClient()
	if err != nil {
		return err
	}
	defer client.Close()
	had, err := client.Logout(ctx, host)
	if err != nil {
		return exit.Failed(err)
	}
	text := "Removing login credentials for " + host
	if !had {
		text = "Not logged in to " + host
	}
	_, err = fmt.Fprintln(c.Root().Writer, text)
	return err
}
