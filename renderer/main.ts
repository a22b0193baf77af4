import { mount } from 'svelte';
import { createApi } from '../preload/api.ts';
import AppFrame from './app/App.svelte';
import './style/tokens.css';
import './style/base.css';
import './components/components.css';
import './app/app.css';
import './screens/accounts/accounts.css';
import './style/screens.css';
import { App } from './state/app.svelte.ts';
import { chooseTransport } from './transport.ts';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app".');

mount(AppFrame, { target, props: { app: new App(createApi(chooseTransport())) } });
