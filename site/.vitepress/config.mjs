import fs from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vitepress'
import { github, navigation, pages, repository, route, slugify, source, target } from './pages.mjs'

const all = pages()
const original = relative => all.find(page => indexed(page) === relative) ?? relative
const indexed = page => page.replace(/(^|\/)README\.md$/, '$1index.md')
const broken = []

// The pages and the pictures, and nothing else, so that VitePress does not search the whole repository.
fs.rmSync(source, { recursive: true, force: true })
for (const page of all) copy(page, indexed(page))

function copy(from, to) {
  const file = path.join(source, to)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.copyFileSync(path.join(repository, from), file)
}

/** Links lead to where they lead on GitHub: a page to a page, a file of the sources to GitHub. */
function links(md) {
  md.core.ruler.push('repository-links', state => {
    const page = original(state.env.relativePath)
    const isPage = linked => all.includes(linked) || all.includes(path.posix.join(linked, 'README.md'))
    const resolve = href => {
      try {
        return target(page, href, isPage)
      } catch (error) {
        broken.push(error.message)
        return href
      }
    }
    const picture = src => {
      if (/^[a-z]+:/.test(src)) return src
      resolve(src)
      const file = path.posix.normalize(path.posix.join(path.posix.dirname(page), src))
      if (fs.existsSync(path.join(repository, file))) copy(file, file)
      return src.startsWith('.') ? src : './' + src
    }
    const visit = token => {
      if (token.type === 'link_open') token.attrSet('href', resolve(token.attrGet('href')))
      if (token.type === 'image') token.attrSet('src', picture(token.attrGet('src')))
      if (token.type.startsWith('html_')) {
        token.content = token.content
          .replace(/(<img\b[^>]*\bsrc=")([^"]+)/g, (_, before, src) => before + picture(src))
          .replace(/(<a\b[^>]*\bhref=")([^"]+)/g, (_, before, href) => before + resolve(href))
      }
      token.children?.forEach(visit)
    }
    state.tokens.forEach(visit)
  })
}

/** VitePress gives frames and scroll bars to fenced code alone. */
function indentedCode(md) {
  md.core.ruler.push('indented-code', state => {
    for (const token of state.tokens) {
      if (token.type === 'code_block') token.type = 'fence'
    }
  })
}

const api = [
  { text: 'Java API', link: '/api/core/index.html', target: '_self' },
  { text: 'Kotlin API', link: '/api/kotlin/index.html', target: '_self' }
]

export default defineConfig({
  srcDir: path.relative(path.join(repository, 'site'), source),
  outDir: path.join(repository, 'site/target/site'),
  // A project's pages on GitHub lie below its name.
  base: process.env.SITE_BASE ?? '/',
  title: 'scoreflux',
  description: 'Accurate sampling from diffusion models, as a reactive stream',
  lang: 'en',
  // The rule above checks more: files, fragments and pictures.
  ignoreDeadLinks: true,
  markdown: {
    anchor: { slugify },
    config: md => {
      links(md)
      indentedCode(md)
    }
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [{ text: 'Guide', link: '/' }, ...api],
    sidebar: [
      ...navigation.map(group => ({
        text: group.text,
        items: group.items.map(({ text, page }) => {
          const [file, fragment] = page.split('#')
          return { text, link: route(file) + (fragment ? `#${fragment}` : '') }
        })
      })),
      { text: 'API', items: api }
    ],
    socialLinks: [{ icon: 'github', link: github }]
  },
  buildEnd() {
    if (broken.length > 0) throw new Error('Broken links:\n' + [...new Set(broken)].join('\n'))
  }
})
