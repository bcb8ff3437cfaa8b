// The word index of the demo, in Go: one goroutine writes it, others read it meanwhile.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
)

// snippet: index
type index struct {
	lock  sync.RWMutex
	files map[string][]int
}

func (x *index) add(file int, words map[string]bool) {
	x.lock.Lock()
	defer x.lock.Unlock()
	for word := range words {
		x.files[word] = append(x.files[word], file)
	}
}

func (x *index) newWords(file int, words map[string]bool) int {
	x.lock.RLock()
	defer x.lock.RUnlock()
	n := 0
	for word := range words {
		if x.files[word][0] == file {
			n++
		}
	}
	return n
}

// snippet end

type question struct {
	file  int
	words map[string]bool
}

func main() {
	paths, _ := filepath.Glob(os.Args[len(os.Args)-1] + "/*")
	x := index{files: make(map[string][]int)}
	answers := make([]int, len(paths))
	questions := make(chan question, 64)
	var readers sync.WaitGroup
	for i := 0; i < 3; i++ {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for q := range questions {
				answers[q.file] = x.newWords(q.file, q.words)
			}
		}()
	}
	for file, path := range paths {
		text, _ := os.ReadFile(path)
		words := make(map[string]bool)
		for _, word := range strings.FieldsFunc(string(text), notALetter) {
			words[word] = true
		}
		x.add(file, words)
		questions <- question{file, words}
	}
	close(questions)
	readers.Wait()
	fmt.Println(len(x.files), "words; new in each file:", answers)
}

func notALetter(r rune) bool { return !unicode.IsLetter(r) }
