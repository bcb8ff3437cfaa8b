// The lazy index of the demo, in Go: it is built by the goroutine that asks first.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
)

// snippet: library
type library struct {
	files []string
	once  sync.Once
	words map[string]int // in how many files
	err   error
}

// The index, built by whoever comes first; if that fails, everybody is told. Since Go 1.21
// sync.OnceValues does all that.
func (l *library) index() (map[string]int, error) {
	l.once.Do(func() { l.words, l.err = build(l.files) })
	return l.words, l.err
}

// snippet end

func build(files []string) (map[string]int, error) {
	index := make(map[string]int)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		seen := make(map[string]bool)
		for _, word := range strings.FieldsFunc(string(text), notInWord) {
			if !seen[word] {
				seen[word] = true
				index[word]++
			}
		}
	}
	return index, nil
}

func main() {
	l := library{files: os.Args[1:]}
	answers := make([]int, len(l.files))
	errs := make([]error, len(l.files))
	var wg sync.WaitGroup
	for i, file := range l.files {
		i, file := i, file
		wg.Add(1)
		go func() {
			defer wg.Done()
			index, err := l.index()
			name := filepath.Base(file)
			answers[i], errs[i] = index[strings.TrimSuffix(name, filepath.Ext(name))], err
		}()
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(l.files[i], "is named in", answers[i], "files")
	}
}

func notInWord(r rune) bool {
	return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
