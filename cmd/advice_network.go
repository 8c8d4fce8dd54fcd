package cmd

import (
	"path/filepath"
	"slices"
	"strings"
)

// networkPrograms are of no use without a network; those with words behind them where
// one of these comes next.
func networkPrograms() []hint {
	return []hint{
		{"curl wget ping ping6 ssh scp sftp ftp telnet dig nslookup host whois traceroute", ""},
		{"git", "clone fetch pull push ls-remote"},
		{"apt apt-get aptitude", "update install upgrade full-upgrade dist-upgrade"},
		{"apk dnf yum zypper", "add update upgrade install"},
		{"pip pip3 npm yarn pnpm gem cargo go composer", "install ci add download get fetch update"},
		{"docker podman skopeo", "pull push copy"},
	}
}

// needsNetwork tells whether a command, or one in a line for a shell, is such a program,
// and asks nothing of this host.
func needsNetwork(words []string) bool {
	if len(words) == 0 {
		return false
	}
	commands := [][]string{words}
	if slices.Contains([]string{"sh", "ash", "bash", "dash", "ksh", "zsh"}, filepath.Base(words[0])) {
		if len(words) < 3 || !isFlag(words[1]) || !strings.HasSuffix(words[1], "c") {
			return false // a script, of which nothing is known here
		}
		commands = commandsIn(words[2])
	}
	for _, words := range commands {
		if isNetworkProgram(words) {
			return true
		}
	}
	return false
}

// commandsIn are the simple commands of a line for a shell, as far as a look can tell.
func commandsIn(line string) (commands [][]string) {
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("\n;|&(){}`", r) }) {
		words := strings.Fields(part)
		for len(words) > 0 && isPrefix(words[0]) {
			words = words[1:]
		}
		if len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// isPrefix tells a word that a command may stand behind.
func isPrefix(word string) bool {
	return strings.Contains(word, "=") ||
		slices.Contains([]string{"if", "then", "else", "elif", "while", "until", "do", "!", "exec", "time", "env", "sudo"}, word)
}

func isNetworkProgram(words []string) bool {
	operand := ""
	for _, word := range words[1:] {
		if strings.Contains(word, "localhost") || strings.Contains(word, "127.") || strings.Contains(word, "::1") {
			return false
		}
		if operand == "" && !isFlag(word) {
			operand = word
		}
	}
	for _, program := range networkPrograms() {
		if slices.Contains(strings.Fields(program.names), filepath.Base(words[0])) {
			return program.text == "" && operand != "" || slices.Contains(strings.Fields(program.text), operand)
		}
	}
	return false
}
